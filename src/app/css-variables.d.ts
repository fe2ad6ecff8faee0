/** Custom properties in `style` attributes: the page hands colours and shares to its stylesheets by them. */
import 'react';

declare module 'react' {
  interface CSSProperties {
    [name: `--${string}`]: string | number;
    anchorName?: string;
    positionAnchor?: string;
  }
}
