/** The path of one curve, extended rather than written anew while its points only come in at the end. */
import { lastIndexAtMost } from '../state/series-store.ts';
import { xOf, yOf } from './frame.ts';
import type { Frame } from './frame.ts';
import { sampleMinMax } from './sampling.ts';

/** The points of a curve. */
export interface Points {
  /** Ascending. */
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** How many of them to draw. */
  readonly count: number;
  /** Another value says that points that were there have changed; new ones at the end, or another last one, need none. */
  readonly revision: unknown;
}

/** Pixels that one minimum and one maximum stand for; narrower ones cost more than they show (bench question chart-tick). */
const BUCKET_WIDTH = 4;
/** Points after which the tail joins what is done: a path's cost is in its length each time it is written. */
const TAIL_POINTS = 16;

/**
 * A curve is cut into buckets a few pixels wide, and of each the first, lowest, highest and last point are drawn. Only the
 * last bucket still grows; those before it stay as they are, which is why they are strings that are only added to.
 */
export class Trace {
  /** Path data of closed buckets; extended seldom. */
  done = '';
  /** Pixels along `done`: where the tail's dashes go on. */
  doneLength = 0;
  /** Path data from the end of `done` to the newest point. */
  tail = '';
  /** The newest point inside the frame, in pixels; null where there is none. */
  end: { readonly x: number; readonly y: number } | null = null;

  #frame: Frame | null = null;
  #revision: unknown = null;
  #first = 0;
  /** Where the open bucket begins, and which it is. */
  #open = 0;
  #bucket = NaN;
  /** Points of closed buckets that are not yet in `done`. */
  #closed = '';
  #closedCount = 0;
  #closedLength = 0;
  #lastX = NaN;
  #lastY = NaN;
  /** The point at which `done` ends. */
  #joint = '';
  readonly #indices: number[] = [];

  /** Brings the path up to date. */
  draw(points: Points, frame: Frame): void {
    const { xs } = points;
    // One point beyond each edge, so that lines leave the plot where they really go.
    const first = Math.max(0, Math.min(points.count, lastIndexAtMost(xs, frame.xMin)));
    const to = Math.min(points.count, lastIndexAtMost(xs, frame.xMax) + 2);
    if (this.#revision !== points.revision || first !== this.#first || to < this.#open || !this.#frame || !sameFrame(frame, this.#frame)) this.#restart(points, frame, first);

    const width = (frame.xMax - frame.xMin) / Math.max(1, Math.floor(frame.width / BUCKET_WIDTH));
    for (let i = this.#open; i < to; i++) {
      const bucket = Math.floor((xs[i]! - frame.xMin) / width);
      if (bucket === this.#bucket) continue;
      if (i > this.#open) this.#close(points, frame, i);
      this.#bucket = bucket;
    }
    this.#openTail(points, frame, to);
  }

  #restart(points: Points, frame: Frame, first: number): void {
    this.#frame = frame;
    this.#revision = points.revision;
    this.#first = this.#open = first;
    this.#bucket = this.#lastX = this.#lastY = NaN;
    this.done = this.#closed = this.#joint = '';
    this.doneLength = this.#closedCount = this.#closedLength = 0;
  }

  /** The open bucket ends before `next`. */
  #close(points: Points, frame: Frame, next: number): void {
    const count = sampleMinMax(points.ys, this.#open, next, 1, this.#indices);
    for (let i = 0; i < count; i++) {
      const { x, y, command } = this.#command(points, frame, this.#indices[i]!, this.#lastX);
      if (!Number.isNaN(this.#lastX)) this.#closedLength += Math.hypot(x - this.#lastX, y - this.#lastY);
      this.#closed += command;
      this.#lastX = x;
      this.#lastY = y;
    }
    this.#closedCount += count;
    this.#open = next;
    if (this.#closedCount < TAIL_POINTS) return;
    this.done += this.#closed;
    this.doneLength += this.#closedLength;
    this.#joint = `M${this.#lastX} ${this.#lastY}`;
    this.#closed = '';
    this.#closedCount = this.#closedLength = 0;
  }

  #openTail(points: Points, frame: Frame, to: number): void {
    const { xs, ys } = points;
    const count = sampleMinMax(ys, this.#open, to, 1, this.#indices);
    let path = this.#closed;
    let before = this.#lastX;
    for (let i = 0; i < count; i++) {
      const { x, command } = this.#command(points, frame, this.#indices[i]!, before);
      path += command;
      before = x;
    }
    this.tail = path === '' ? '' : this.#joint + path;
    const last = Math.min(points.count, lastIndexAtMost(xs, frame.xMax) + 1) - 1;
    this.end = last >= 0 && xs[last]! >= frame.xMin && !Number.isNaN(ys[last]!) ? { x: xOf(frame, xs[last]!), y: yOf(frame, ys[last]!) } : null;
  }

  /** In tenths of a pixel, by rounding: toFixed takes several times as long, and there are thousands of points. */
  #command({ xs, ys }: Points, frame: Frame, index: number, before: number): { x: number; y: number; command: string } {
    const x = Math.round(xOf(frame, xs[index]!) * 10) / 10;
    const y = Math.round(yOf(frame, ys[index]!) * 10) / 10;
    return { x, y, command: `${Number.isNaN(before) ? 'M' : 'L'}${x} ${y}` };
  }
}

function sameFrame(a: Frame, b: Frame): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height && a.xMin === b.xMin && a.xMax === b.xMax && a.yMin === b.yMin && a.yMax === b.yMax && a.log === b.log;
}
