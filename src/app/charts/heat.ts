/** Heat-map cells: how much of the strong colour, and which text keeps 4.5:1 on it in both themes. */
import type { CSSProperties } from 'react';

interface HeatProps {
  readonly style: CSSProperties;
  /** 'mid' is dark on light's theme and dark on dark's theme alike: the two themes cross at different shares. */
  readonly 'data-level': 'low' | 'mid' | 'high';
}

/** @param share 0 to 1 */
export function heat(share: number): HeatProps {
  return { style: { '--heat': `${Math.round(share * 100)}%` }, 'data-level': share < 0.6 ? 'low' : share < 0.7 ? 'mid' : 'high' };
}
