/** Heat-map cells: how much of the strong colour. One text colour is readable on all of them (styles/tokens.css). */
import type { CSSProperties } from 'react';

/** For an element whose stylesheet mixes by `--heat`. @param share 0 to 1 */
export function heat(share: number): { readonly style: CSSProperties } {
  return { style: { '--heat': `${Math.round(share * 100)}%` } };
}

/** For a shape of a picture. @param share 0 to 1 */
export function heatFill(share: number): CSSProperties {
  return { fill: `color-mix(in oklab, var(--heat-high) ${Math.round(share * 100)}%, var(--heat-low))` };
}
