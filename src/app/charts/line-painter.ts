/**
 * Writes curves into an SVG group directly. React and recharts draw the frame around them when its structure changes;
 * the curves change ten times a second and go through neither.
 */
import { xOf, yOf } from './frame.ts';
import type { Frame } from './frame.ts';
import { Trace } from './trace.ts';
import type { Points } from './trace.ts';

export interface Line extends Points {
  readonly key: string;
  /** Any CSS colour, variables included. */
  readonly color: string;
  readonly dash: string;
  readonly width: number;
  readonly opacity: number;
  /** Written beside a point (index into xs), as a rule the newest; null for none. */
  readonly label: { readonly text: string; readonly at: number } | null;
  /** Task it belongs to, for linked highlighting. */
  readonly task: number | null;
  /** Draws a small ring at these points (index into xs), such as "right after learning". */
  readonly rings: readonly number[];
}

interface Parts {
  readonly trace: Trace;
  /** Holds `done` and `tail`, so that a half-transparent curve is no darker where they meet. */
  readonly curve: Written;
  readonly done: Written;
  readonly tail: Written;
  readonly rings: Written;
  readonly dot: Written;
  readonly label: Written;
}

const SVG = 'http://www.w3.org/2000/svg';
const LABEL_GAP = 13;

export class LinePainter {
  readonly #curves: SVGGElement;
  readonly #labels: SVGGElement;
  readonly #parts = new Map<string, Parts>();

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
    const labels: { label: Written; x: number; y: number }[] = [];
    const seen = new Set<string>();
    for (const line of lines) {
      seen.add(line.key);
      const parts = this.#parts.get(line.key) ?? this.#create(line.key);
      const { trace, curve, done, tail, rings, dot, label } = parts;
      trace.draw(line, frame);
      const faded = hotTask !== null && line.task !== null && line.task !== hotTask;
      done.set('d', trace.done);
      tail.set('d', trace.tail);
      tail.set('stroke-dashoffset', line.dash === '' ? '0' : trace.doneLength.toFixed(1));
      curve.set('style', `stroke:${line.color}`);
      curve.set('stroke-width', String(line.width));
      curve.set('stroke-dasharray', line.dash);
      curve.set('opacity', String(faded ? 0.15 : line.opacity));
      rings.set('d', ringPath(line, frame));
      rings.set('style', `stroke:${line.color}`);
      rings.set('opacity', String(faded ? 0.15 : line.opacity));
      const { end } = trace;
      // Zoomed in before its newest point, a curve leaves the plot: what is written beside it would stand beside something else.
      const labelled = end !== null && line.label !== null && line.xs[line.label.at]! >= frame.xMin && line.xs[line.label.at]! <= frame.xMax;
      dot.set('visibility', labelled ? 'visible' : 'hidden');
      label.set('visibility', labelled ? 'visible' : 'hidden');
      if (!labelled) continue;
      dot.set('cx', end.x.toFixed(1));
      dot.set('cy', end.y.toFixed(1));
      dot.set('style', `fill:${line.color}`);
      dot.set('opacity', faded ? '0.15' : '1');
      label.set('style', `fill:${line.color}`);
      label.set('opacity', faded ? '0.3' : '1');
      label.say(line.label.text);
      labels.push({ label, x: xOf(frame, line.xs[line.label.at]!) + 8, y: yOf(frame, line.ys[line.label.at]!) });
    }
    for (const [key, { curve, rings, dot, label }] of this.#parts) {
      if (seen.has(key)) continue;
      for (const { element } of [curve, rings, dot, label]) element.remove();
      this.#parts.delete(key);
    }
    spread(labels, frame);
    for (const { label, x, y } of labels) {
      label.set('x', x.toFixed(1));
      label.set('y', (y + 4).toFixed(1));
    }
  }

  #create(key: string): Parts {
    const curve = create('g', 'curve');
    const [done, tail] = [create('path'), create('path')];
    curve.element.append(done.element, tail.element);
    const rings = create('path', 'curve-ring');
    const dot = create('circle', 'curve-end');
    dot.set('r', '3');
    const label = create('text', 'curve-label');
    this.#curves.append(curve.element);
    this.#labels.append(rings.element, dot.element, label.element);
    const parts: Parts = { trace: new Trace(), curve, done, tail, rings, dot, label };
    this.#parts.set(key, parts);
    return parts;
  }
}

/** An element that only the painter writes to, so that it can tell by itself what has changed: an unchanged write still costs a style check. */
class Written {
  readonly element: SVGElement;
  readonly #attributes: Record<string, string> = {};
  #text = '';

  constructor(element: SVGElement) {
    this.element = element;
  }

  set(name: string, value: string): void {
    if (this.#attributes[name] === value) return;
    this.#attributes[name] = value;
    this.element.setAttribute(name, value);
  }

  say(text: string): void {
    if (this.#text === text) return;
    this.#text = text;
    this.element.textContent = text;
  }
}

function create(tag: 'g' | 'path' | 'circle' | 'text', className?: string): Written {
  const written = new Written(document.createElementNS(SVG, tag));
  if (className !== undefined) written.set('class', className);
  return written;
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
