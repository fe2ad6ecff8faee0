/** Half precision: IEEE binary16 ("F16") and bfloat16 ("BF16"), as bits in Uint16Array, to float32 and back. */

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
let f16Values: Float32Array | null = null;

/** Exact. NaN stays NaN (its payload is kept where the platform keeps it). */
export function widenF16(bits: Uint16Array): Float32Array {
  // 65,536 possible values: one table instead of a branch per element.
  f16Values ??= Float32Array.from({ length: 0x10000 }, (_, b) => f16Value(b));
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = f16Values[bits[i]!]!;
  return values;
}

/** Exact: bfloat16 is the upper half of a float32. */
export function widenBf16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return new Float32Array(words.buffer);
}

/** Rounds to nearest, ties to even; beyond 65504 becomes infinity. Exact for values that came from {@link widenF16}. */
export function narrowToF16(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) bits[i] = f16Bits(values[i]!);
  return bits;
}

/** Rounds to nearest, ties to even. Exact for values that came from {@link widenBf16}. */
export function narrowToBf16(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = words[i]!;
    // Rounding could carry a NaN's payload into the exponent, which would make it infinity.
    bits[i] = Number.isNaN(values[i]!) ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}

/** ± fraction · 2^exponent, with subnormals below 2^−14. */
function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function f16Bits(value: number): number {
  scratch[0] = value;
  const sign = (scratchBits[0]! >>> 16) & 0x8000;
  if (Number.isNaN(value)) return sign | 0x7e00;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  // The fraction may round up to 1024, which carries into the exponent field as it should.
  const fraction = roundHalfEven((magnitude / 2 ** exponent - 1) * 1024);
  return sign | (((exponent + 15) << 10) + fraction);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
