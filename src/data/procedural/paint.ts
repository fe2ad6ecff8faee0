/**
 * One built-in picture: a shape with a fill, over a cloudy two-coloured ground with clutter, in varying light with noise.
 * All draws come from the picture's own generator in a fixed order; positions are in [−1, 1], x to the right, y down.
 */
import type { Random } from '../../core/random.ts';
import { logistic, NORMAL_QUANTILES, QUANTILE_BITS, sine } from './exact-math.ts';
import type { Shape } from './shapes.ts';

/** Width and height of every built-in picture. */
export const PICTURE_SIZE = 64;
const PIXELS = PICTURE_SIZE * PICTURE_SIZE;

/** How much of the second colour a fill shows at (u, v) in the shape's frame, 0 to 1. */
export type Fill = (u: number, v: number, frequency: number, phase: number) => number;

/** By class name's adjective, in the order of the classes. */
export const FILLS: readonly { readonly name: string; readonly mix: Fill }[] = [
  { name: 'plain', mix: () => 0 },
  { name: 'striped', mix: (u, _v, f, phase) => logistic(8 * sine(f * u + phase)) },
  { name: 'dotted', mix: (u, v, f, phase) => logistic(12 * (sine(f * u + phase) * sine(f * v + phase) - 0.25)) },
  { name: 'checked', mix: (u, v, f, phase) => logistic(16 * sine(0.8 * f * u + phase) * sine(0.8 * f * v + phase)) },
  { name: 'ringed', mix: (u, v, f) => logistic(8 * sine(f * Math.sqrt(u * u + v * v))) },
];

/** Logistic units per pixel of distance: edges go from 12 % to 88 % cover within 0.7 pixel each way. */
const EDGE_STEEPNESS = 2 / 0.7;
const NOISE_DEVIATION = 0.03;

/** Red, green, blue in 0 to 1. */
type Colour = readonly [number, number, number];

/** Hue in turns (any real number), saturation and value in 0 to 1. */
function fromHsv(hue: number, saturation: number, value: number): Colour {
  const channel = (offset: number): number => {
    const k = (offset + (hue - Math.floor(hue)) * 6) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : (value + 0.5) | 0;
}

/** Draws pictures into byte arrays, with scratch memory of its own so that a picture allocates next to nothing. */
export class Painter {
  /** RGB of the picture being drawn, 0 to 1, HWC. */
  readonly #canvas = new Float64Array(PIXELS * 3);
  readonly #nodes = new Float64Array(7 * 7);
  readonly #rowNodes = new Float64Array(8);
  readonly #cellOf = new Uint8Array(PICTURE_SIZE);
  readonly #easeOf = new Float64Array(PICTURE_SIZE);

  /**
   * Draws one picture and writes its 64 · 64 · 3 bytes (HWC) to `out` from `offset` on.
   * The same (shape, fill, stream) gives the same bytes everywhere.
   */
  paint(shape: Shape, fill: Fill, random: Random, out: Uint8Array, offset: number): void {
    this.#drawGround(random);
    this.#drawClutter(random);
    this.#drawClutter(random);
    this.#drawShape(shape, fill, random);
    this.#develop(random, out, offset);
  }

  /** Two colours mixed by smooth value noise on a grid of 2 to 6 cells. */
  #drawGround(random: Random): void {
    const hue = random.uniform();
    const a = fromHsv(hue, random.between(0.1, 0.6), random.between(0.2, 0.95));
    const b = fromHsv(hue + random.between(0.1, 0.9), random.between(0.1, 0.6), random.between(0.2, 0.95));
    const cells = 2 + random.below(5);
    const stride = cells + 1;
    const nodes = this.#nodes;
    for (let i = 0; i < stride * stride; i++) nodes[i] = random.uniform();

    const cellOf = this.#cellOf;
    const easeOf = this.#easeOf;
    for (let x = 0; x < PICTURE_SIZE; x++) {
      const at = ((x + 0.5) * cells) / PICTURE_SIZE;
      const cell = Math.floor(at);
      const t = at - cell;
      cellOf[x] = cell;
      easeOf[x] = t * t * (3 - 2 * t);
    }

    const canvas = this.#canvas;
    const rowNodes = this.#rowNodes;
    const [a0, a1, a2] = a;
    const d0 = b[0] - a0;
    const d1 = b[1] - a1;
    const d2 = b[2] - a2;
    let p = 0;
    for (let y = 0; y < PICTURE_SIZE; y++) {
      const above = cellOf[y]! * stride;
      const ease = easeOf[y]!;
      for (let i = 0; i < stride; i++) {
        const top = nodes[above + i]!;
        rowNodes[i] = top + (nodes[above + stride + i]! - top) * ease;
      }
      for (let x = 0; x < PICTURE_SIZE; x++) {
        const cell = cellOf[x]!;
        const left = rowNodes[cell]!;
        const mix = left + (rowNodes[cell + 1]! - left) * easeOf[x]!;
        canvas[p] = a0 + d0 * mix;
        canvas[p + 1] = a1 + d1 * mix;
        canvas[p + 2] = a2 + d2 * mix;
        p += 3;
      }
    }
  }

  /** A small disc or a short bar anywhere, so that a blob alone gives no class away. */
  #drawClutter(random: Random): void {
    const isDisc = random.uniform() < 0.5;
    const radius = random.between(0.06, 0.16);
    const cx = random.between(-1, 1);
    const cy = random.between(-1, 1);
    const angle = random.between(0, Math.PI);
    const colour = fromHsv(random.uniform(), random.between(0.3, 1), random.between(0.3, 1));
    const cos = sine(angle + Math.PI / 2);
    const sin = sine(angle);
    const reach = radius * 2.5;
    this.#blend(cx, cy, reach, (x, y) => {
      if (isDisc) return Math.sqrt(x * x + y * y) - radius;
      const u = Math.abs(x * cos + y * sin) - radius * 2;
      const v = Math.abs(y * cos - x * sin) - radius * 0.5;
      return Math.max(u, v);
    }, () => colour);
  }

  #drawShape(shape: Shape, fill: Fill, random: Random): void {
    const scale = random.between(0.55, 0.85);
    const cx = random.between(-0.15, 0.15);
    const cy = random.between(-0.15, 0.15);
    const turn = random.between(-0.3, 0.3);
    const hue = random.uniform();
    const a = fromHsv(hue, random.between(0.5, 1), random.between(0.65, 1));
    const b = fromHsv(hue + random.between(0.25, 0.75), random.between(0.2, 0.9), random.between(0.15, 0.6));
    const frequency = 9 * random.between(0.85, 1.15);
    const fillTurn = random.between(-0.25, 0.25);
    const phase = random.between(0, 2 * Math.PI);

    const cos = sine(turn + Math.PI / 2) / scale;
    const sin = sine(turn) / scale;
    const fillCos = sine(turn + fillTurn + Math.PI / 2) / scale;
    const fillSin = sine(turn + fillTurn) / scale;
    const mixed: [number, number, number] = [0, 0, 0];
    this.#blend(
      cx,
      cy,
      // No shape reaches farther than its star's tips and square's corners, 1.11 units from its centre.
      1.15 * scale,
      (x, y) => shape(x * cos + y * sin, y * cos - x * sin) * scale,
      (x, y) => {
        const mix = fill(x * fillCos + y * fillSin, y * fillCos - x * fillSin, frequency, phase);
        mixed[0] = a[0] + (b[0] - a[0]) * mix;
        mixed[1] = a[1] + (b[1] - a[1]) * mix;
        mixed[2] = a[2] + (b[2] - a[2]) * mix;
        return mixed;
      },
    );
  }

  /** Lays `colour` over the canvas where `distance` (both of the offset from the centre) is negative, with a soft edge. */
  #blend(cx: number, cy: number, reach: number, distance: Shape, colour: (x: number, y: number) => Colour): void {
    const canvas = this.#canvas;
    const half = PICTURE_SIZE / 2;
    const margin = 3;
    const left = Math.max(0, Math.floor((cx - reach + 1) * half) - margin);
    const right = Math.min(PICTURE_SIZE, Math.ceil((cx + reach + 1) * half) + margin);
    const top = Math.max(0, Math.floor((cy - reach + 1) * half) - margin);
    const bottom = Math.min(PICTURE_SIZE, Math.ceil((cy + reach + 1) * half) + margin);
    for (let row = top; row < bottom; row++) {
      const y = (row + 0.5) / half - 1 - cy;
      for (let column = left; column < right; column++) {
        const x = (column + 0.5) / half - 1 - cx;
        const cover = logistic(-EDGE_STEEPNESS * half * distance(x, y));
        if (cover === 0) continue;
        const [r, g, b] = colour(x, y);
        const p = (row * PICTURE_SIZE + column) * 3;
        canvas[p]! += (r - canvas[p]!) * cover;
        canvas[p + 1]! += (g - canvas[p + 1]!) * cover;
        canvas[p + 2]! += (b - canvas[p + 2]!) * cover;
      }
    }
  }

  /** Light, Gaussian noise and rounding to bytes. */
  #develop(random: Random, out: Uint8Array, offset: number): void {
    const canvas = this.#canvas;
    const light = 255 * random.between(0.8, 1.2);
    const noise = 255 * NOISE_DEVIATION;
    const mask = (1 << QUANTILE_BITS) - 1;
    for (let p = 0; p < PIXELS * 3; p += 3) {
      // Thirty of the 32 bits choose the three channels' quantiles.
      const bits = random.bits();
      out[offset + p] = toByte(canvas[p]! * light + NORMAL_QUANTILES[bits & mask]! * noise);
      out[offset + p + 1] = toByte(canvas[p + 1]! * light + NORMAL_QUANTILES[(bits >>> QUANTILE_BITS) & mask]! * noise);
      out[offset + p + 2] = toByte(canvas[p + 2]! * light + NORMAL_QUANTILES[(bits >>> (2 * QUANTILE_BITS)) & mask]! * noise);
    }
  }
}
