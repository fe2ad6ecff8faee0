/**
 * From the planes of a decoded JPEG to RGB, in the integer arithmetic of libjpeg (jdsample.c “fancy upsampling”, jdcolor.c), so that the
 * result is Pillow's and createImageBitmap's bit for bit. The browser's own conversion of such frames is another, off by up to 43.
 */

/** 8-bit luma and two chroma planes; a stride is the distance of rows. */
export interface JpegPlanes {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
  readonly luma: PlaneLayout;
  readonly blue: PlaneLayout;
  readonly red: PlaneLayout;
}

const SCALE = 16;
const HALF = 1 << (SCALE - 1);
const fix = (x: number): number => Math.floor(x * (1 << SCALE) + 0.5);
const offsets = (factor: number, rounding: number): Int32Array => Int32Array.from({ length: 256 }, (_, v) => factor * (v - 128) + rounding);
const RED_OF_RED = offsets(fix(1.402), HALF).map((v) => v >> SCALE);
const BLUE_OF_BLUE = offsets(fix(1.772), HALF).map((v) => v >> SCALE);
// Kept unshifted: both together are rounded once.
const GREEN_OF_RED = offsets(-fix(0.71414), 0);
const GREEN_OF_BLUE = offsets(-fix(0.34414), HALF);

const clamp = (v: number): number => (v < 0 ? 0 : v > 255 ? 255 : v);

/** Writes width · height · 3 bytes to `out` from `offset` on. Chroma has half the size each way, rounded up (4:2:0). */
export function rgbFromPlanes420({ width, height, bytes, luma, blue, red }: JpegPlanes, out: Uint8Array, offset: number): void {
  const chromaWidth = (width + 1) >> 1;
  const chromaHeight = (height + 1) >> 1;
  const blueRow = new Uint8Array(chromaWidth * 2);
  const redRow = new Uint8Array(chromaWidth * 2);
  let to = offset;
  for (let y = 0; y < height; y++) {
    const near = y >> 1;
    // The row above for even lines, below for odd ones; at the edges the row itself.
    const far = Math.min(chromaHeight - 1, Math.max(0, (y & 1) === 0 ? near - 1 : near + 1));
    widen(bytes, blue.offset + near * blue.stride, blue.offset + far * blue.stride, chromaWidth, blueRow);
    widen(bytes, red.offset + near * red.stride, red.offset + far * red.stride, chromaWidth, redRow);
    const line = luma.offset + y * luma.stride;
    for (let x = 0; x < width; x++) {
      const light = bytes[line + x]!;
      const cb = blueRow[x]!;
      const cr = redRow[x]!;
      out[to] = clamp(light + RED_OF_RED[cr]!);
      out[to + 1] = clamp(light + ((GREEN_OF_BLUE[cb]! + GREEN_OF_RED[cr]!) >> SCALE));
      out[to + 2] = clamp(light + BLUE_OF_BLUE[cb]!);
      to += 3;
    }
  }
}

/**
 * One line of chroma at full width: ¾ of the nearer and ¼ of the farther sample, both ways, with libjpeg's alternating rounding. Of one
 * or two samples libjpeg makes nothing finer and repeats the nearer line.
 */
function widen(bytes: Uint8Array, near: number, far: number, count: number, out: Uint8Array): void {
  if (count <= 2) {
    for (let x = 0; x < count; x++) out.fill(bytes[near + x]!, 2 * x, 2 * x + 2);
    return;
  }
  let here = bytes[near]! * 3 + bytes[far]!;
  let next = bytes[near + 1]! * 3 + bytes[far + 1]!;
  out[0] = (here * 4 + 8) >> 4;
  out[1] = (here * 3 + next + 7) >> 4;
  let before = here;
  here = next;
  for (let x = 2; x < count; x++) {
    next = bytes[near + x]! * 3 + bytes[far + x]!;
    out[2 * x - 2] = (here * 3 + before + 8) >> 4;
    out[2 * x - 1] = (here * 3 + next + 7) >> 4;
    before = here;
    here = next;
  }
  out[2 * count - 2] = (here * 3 + before + 8) >> 4;
  out[2 * count - 1] = (here * 4 + 7) >> 4;
}
