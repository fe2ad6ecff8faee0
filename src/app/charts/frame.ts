/** Where a plot is on its SVG, and what its edges mean. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  readonly log: boolean;
}

/** Vertical place of a value; log frames put everything at or below their minimum on the bottom edge. */
export function yOf(frame: Frame, value: number): number {
  const { y, height, yMin, yMax } = frame;
  const share = frame.log
    ? Math.log(Math.max(value, yMin) / yMin) / Math.log(yMax / yMin)
    : (value - yMin) / (yMax - yMin);
  return y + height * (1 - Math.min(1, Math.max(0, share)));
}

export function xOf(frame: Frame, step: number): number {
  return frame.x + (frame.width * (step - frame.xMin)) / (frame.xMax - frame.xMin);
}
