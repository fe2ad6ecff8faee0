/** Heat-map cells: how much of the strong colour, and which text keeps 4.5:1 on it in both themes. */
import type { CSSProperties } from 'react';

interface HeatProps {
  readonly style: CSSProperties;
  /** The themes cross from one text colour to the other at different shares: 'mid' lies between. */
  readonly 'data-level': 'low' | 'mid' | 'high';
}

/** @param share 0 to 1 */
export function heat(share: number): HeatProps {
  return { style: { '--heat': `${Math.round(share * 100)}%` }, 'data-level': share < 0.6 ? 'low' : share < 0.7 ? 'mid' : 'high' };
}
