/**
 * Writes curves into an SVG group directly. React and recharts draw the frame around them when its structure changes;
 * the curves change ten times a second and go through neither.
 */
import { lastIndexAtMost } from '../state/series-store.ts';
import { sampleMinMax } from './sampling.ts';

export interface Line {
  readonly key: string;
  /** Any CSS colour, variables included. */
  readonly color: string;
  readonly dash: string;
  readonly width: number;
  readonly opacity: number;
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** Written beside the newest point; null for none. */
  readonly label: string | null;
  /** Task it belongs to, for linked highlighting. */
  readonly task: number | null;
  /** Draws a small ring at these points (index into xs), such as "right after learning". */
  readonly rings: readonly number[];
}

/** Where the plot is on the SVG, and what its edges mean. */
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

interface Parts {
  readonly path: SVGPathElement;
  readonly label: SVGTextElement;
  readonly dot: SVGCircleElement;
  readonly rings: SVGPathElement;
}

const SVG = 'http://www.w3.org/2000/svg';
const LABEL_GAP = 13;
/** Pixels that one minimum and one maximum stand for; narrower ones cost more than they show (bench question chart-tick). */
const BUCKET_WIDTH = 4;

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

export class LinePainter {
  readonly #curves: SVGGElement;
  readonly #labels: SVGGElement;
  readonly #parts = new Map<string, Parts>();
  readonly #indices: number[] = [];

  /**
   * @param curves an empty group, clipped to the plot, that only this painter writes to
   * @param labels another, not clipped: labels stand beside the plot too
   */
  constructor(curves: SVGGElement, labels: SVGGElement) {
    this.#curves = curves;
    this.#labels = labels;
  }

  /** Draws all lines; lines that are gone are removed. `hotTask` fades the lines of all other tasks. */
  paint(lines: readonly Line[], frame: Frame, hotTask: number | null): void {
    const labels: { parts: Parts; x: number; y: number }[] = [];
    const seen = new Set<string>();
    for (const line of lines) {
      seen.add(line.key);
      const parts = this.#parts.get(line.key) ?? this.#create(line.key);
      const { d, end } = this.#trace(line, frame);
      const faded = hotTask !== null && line.task !== null && line.task !== hotTask;
      set(parts.path, 'd', d);
      set(parts.path, 'style', `stroke:${line.color}`);
      set(parts.path, 'stroke-width', String(line.width));
      set(parts.path, 'stroke-dasharray', line.dash);
      set(parts.path, 'opacity', String(faded ? 0.15 : line.opacity));
      set(parts.rings, 'd', ringPath(line, frame));
      set(parts.rings, 'style', `stroke:${line.color}`);
      set(parts.rings, 'opacity', String(faded ? 0.15 : line.opacity));
      const labelled = end !== null && line.label !== null;
      set(parts.dot, 'visibility', labelled ? 'visible' : 'hidden');
      set(parts.label, 'visibility', labelled ? 'visible' : 'hidden');
      if (!labelled) continue;
      set(parts.dot, 'cx', end.x.toFixed(1));
      set(parts.dot, 'cy', end.y.toFixed(1));
      set(parts.dot, 'style', `fill:${line.color}`);
      set(parts.dot, 'opacity', faded ? '0.15' : '1');
      set(parts.label, 'style', `fill:${line.color}`);
      set(parts.label, 'opacity', faded ? '0.3' : '1');
      if (parts.label.textContent !== line.label) parts.label.textContent = line.label;
      labels.push({ parts, x: end.x + 8, y: end.y });
    }
    for (const [key, parts] of this.#parts) {
      if (seen.has(key)) continue;
      parts.path.remove();
      parts.label.remove();
      parts.dot.remove();
      parts.rings.remove();
      this.#parts.delete(key);
    }
    spread(labels, frame);
    for (const { parts, x, y } of labels) {
      set(parts.label, 'x', x.toFixed(1));
      set(parts.label, 'y', (y + 4).toFixed(1));
    }
  }

  #trace(line: Line, frame: Frame): { d: string; end: { x: number; y: number } | null } {
    const { xs, ys } = line;
    // One point beyond each edge, so that lines leave the plot where they really go.
    const from = Math.max(0, lastIndexAtMost(xs, frame.xMin));
    const to = Math.min(ys.length, lastIndexAtMost(xs, frame.xMax) + 2);
    const count = sampleMinMax(ys, from, to, Math.max(1, Math.floor(frame.width / BUCKET_WIDTH)), this.#indices);
    let d = '';
    let end: { x: number; y: number } | null = null;
    for (let i = 0; i < count; i++) {
      const index = this.#indices[i]!;
      const x = xOf(frame, xs[index]!);
      const y = yOf(frame, ys[index]!);
      // Tenths by rounding: toFixed takes several times as long, and there are thousands of points.
      d += `${i === 0 ? 'M' : 'L'}${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
      if (xs[index]! >= frame.xMin && xs[index]! <= frame.xMax) end = { x, y };
    }
    return { d, end };
  }

  #create(key: string): Parts {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', 'curve');
    const rings = document.createElementNS(SVG, 'path');
    rings.setAttribute('class', 'curve-ring');
    const dot = document.createElementNS(SVG, 'circle');
    dot.setAttribute('class', 'curve-end');
    dot.setAttribute('r', '3');
    const label = document.createElementNS(SVG, 'text');
    label.setAttribute('class', 'curve-label');
    this.#curves.append(path);
    this.#labels.append(rings, dot, label);
    const parts = { path, label, dot, rings };
    this.#parts.set(key, parts);
    return parts;
  }
}

function ringPath(line: Line, frame: Frame): string {
  let d = '';
  for (const index of line.rings) {
    if (line.xs[index]! < frame.xMin || line.xs[index]! > frame.xMax) continue;
    const x = xOf(frame, line.xs[index]!);
    const y = yOf(frame, line.ys[index]!);
    d += `M${(x - 4).toFixed(1)} ${y.toFixed(1)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0`;
  }
  return d;
}

/** Pushes labels apart vertically, keeping their order, inside the plot. */
function spread(labels: { x: number; y: number }[], frame: Frame): void {
  labels.sort((a, b) => a.y - b.y);
  let previous = -Infinity;
  for (const label of labels) {
    label.y = Math.max(label.y, previous + LABEL_GAP);
    previous = label.y;
  }
  let next = frame.y + frame.height + 4;
  for (let i = labels.length - 1; i >= 0; i--) {
    labels[i]!.y = Math.min(labels[i]!.y, next);
    next = labels[i]!.y - LABEL_GAP;
  }
}

/** Writes an attribute only where it changed: an unchanged write still costs a style check. */
function set(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
