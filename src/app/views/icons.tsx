/** Line icons, 16 × 16, drawn in the text's colour; decoration only, names are on the buttons. */
import type { ReactNode } from 'react';

const PATHS = {
  play: 'M5 3.2v9.6l7.6-4.8z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  step: 'M4 3.5v9l5.5-4.5zM12 3.5v9',
  stop: 'M4.5 4.5h7v7h-7z',
  reset: 'M3.2 8a4.8 4.8 0 1 0 1.5-3.5M3 2.5v2.6h2.6',
  next: 'M3 8h9M8.5 4.5 12 8l-3.5 3.5',
  download: 'M8 2.5v7.6M4.8 7.2 8 10.3l3.2-3.1M3 13h10',
  upload: 'M8 10.5V2.9M4.8 5.8 8 2.7l3.2 3.1M3 13h10',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6',
  moon: 'M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1',
  close: 'm4 4 8 8M12 4l-8 8',
  chip: 'M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14',
  runs: 'M2.5 12.5 6 8l3 2.5 4.5-7M2.5 3v10.5h11',
  compare: 'M2.5 13.5h11M4.5 11V7.5M8 11V3M11.5 11V5.5',
  data: 'M8 2.5c3 0 5 .8 5 2s-2 2-5 2-5-.8-5-2 2-2 5-2zM3 4.5v7c0 1.2 2 2 5 2s5-.8 5-2v-7M3 8c0 1.2 2 2 5 2s5-.8 5-2',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.8v.2',
  chevron: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  alert: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.2',
  check: 'm3.5 8.5 3 3 6-6.5',
  trash: 'M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5',
  branch: 'M4.5 3v10M4.5 9c4 0 7-1 7-4.5M11.5 4.5V3M3 3h3M3 13h3',
  weight: 'M8 4.5V2.5M3.5 13.5h9L11 5H5zM6 10l2-2.5L10 10',
  eye: 'M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={name === 'play' ? 'currentColor' : 'none'} />
    </svg>
  );
}
