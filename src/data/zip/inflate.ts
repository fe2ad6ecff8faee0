/**
 * Raw DEFLATE (RFC 1951) into an array whose size is known beforehand, synchronously. Archives of small images hold a hundred thousand
 * streams of two kilobytes; a DecompressionStream for each costs more than the work itself. Output never grows beyond what was
 * declared, so a zip bomb ends at its own lie.
 */

export type InflateFault = 'truncated' | 'damaged' | 'too-long' | 'too-short';

/** Bits looked up at once; longer codes are walked. The codes of deflated JPEGs have 8 to 10 bits. */
const LOOKUP_BITS = 10;
const MAX_BITS = 15;

const LENGTH_BASE = Uint16Array.of(3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258);
const LENGTH_EXTRA = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0);
const DISTANCE_BASE = Uint16Array.of(
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
);
const DISTANCE_EXTRA = Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13);
const CODE_LENGTH_ORDER = Uint8Array.of(16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15);

/** A canonical Huffman code: a table for its first {@link LOOKUP_BITS} bits, and counts and symbols for the rest. */
class Huffman {
  /** symbol << 4 | length, or 0 where the code is longer or does not exist. */
  readonly lookup = new Uint16Array(1 << LOOKUP_BITS);
  readonly counts = new Uint16Array(MAX_BITS + 1);
  readonly symbols: Uint16Array;
  readonly #offsets = new Uint16Array(MAX_BITS + 2);
  readonly #next = new Uint16Array(MAX_BITS + 2);

  constructor(size: number) {
    this.symbols = new Uint16Array(size);
  }

  /** Builds the code from `count` lengths at `lengths[start]`. False where they promise more codes than there are bits for. */
  build(lengths: Uint8Array, start: number, count: number): boolean {
    const { counts, symbols, lookup } = this;
    counts.fill(0);
    for (let i = 0; i < count; i++) counts[lengths[start + i]!]!++;
    counts[0] = 0;
    let left = 1;
    let code = 0;
    const offsets = this.#offsets;
    const next = this.#next;
    offsets[1] = 0;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      left = left * 2 - counts[bits]!;
      if (left < 0) return false;
      offsets[bits + 1] = offsets[bits]! + counts[bits]!;
      next[bits] = code;
      code = (code + counts[bits]!) << 1;
    }
    lookup.fill(0);
    for (let symbol = 0; symbol < count; symbol++) {
      const length = lengths[start + symbol]!;
      if (length === 0) continue;
      symbols[offsets[length]!++] = symbol;
      const own = next[length]!++;
      if (length > LOOKUP_BITS) continue;
      // Streams hold codes with their first bit lowest.
      let reversed = 0;
      for (let bit = 0; bit < length; bit++) reversed |= ((own >>> bit) & 1) << (length - 1 - bit);
      const entry = (symbol << 4) | length;
      for (let slot = reversed; slot < 1 << LOOKUP_BITS; slot += 1 << length) lookup[slot] = entry;
    }
    return true;
  }
}

const FIXED_LITERALS = new Huffman(288);
const FIXED_DISTANCES = new Huffman(30);
FIXED_LITERALS.build(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)), 0, 288);
FIXED_DISTANCES.build(new Uint8Array(30).fill(5), 0, 30);

/** Decoder with its tables, to be used again and again; not while it runs. */
export class Inflater {
  readonly #literals = new Huffman(288);
  readonly #distances = new Huffman(32);
  readonly #codeLengths = new Huffman(19);
  readonly #lengths = new Uint8Array(288 + 32);
  #source: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #bits = 0;
  #bitCount = 0;

  /**
   * Inflates `source[start … end)` into `out`, which must be exactly as long as what comes out.
   * @returns null, or what is wrong with the stream
   */
  inflate(source: Uint8Array, start: number, end: number, out: Uint8Array): InflateFault | null {
    this.#source = source;
    this.#at = start;
    this.#end = end;
    this.#bits = 0;
    this.#bitCount = 0;
    let written = 0;
    let last = 0;
    while (last === 0) {
      last = this.#take(1);
      const type = this.#take(2);
      if (last < 0 || type < 0) return 'truncated';
      const result = type === 0 ? this.#stored(out, written) : type === 3 ? 'damaged' : this.#block(type, out, written);
      if (typeof result === 'string') return result;
      written = result;
    }
    return written === out.length ? null : 'too-short';
  }

  /** The next `count` ≤ 16 bits, or −1 at the end. */
  #take(count: number): number {
    while (this.#bitCount < count) {
      if (this.#at >= this.#end) return -1;
      this.#bits |= this.#source[this.#at++]! << this.#bitCount;
      this.#bitCount += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #stored(out: Uint8Array, written: number): number | InflateFault {
    // Whole bytes still in the bit buffer belong to the block.
    this.#at -= this.#bitCount >>> 3;
    this.#bits = 0;
    this.#bitCount = 0;
    const source = this.#source;
    const at = this.#at;
    if (at + 4 > this.#end) return 'truncated';
    const length = source[at]! | (source[at + 1]! << 8);
    if ((length ^ 0xffff) !== (source[at + 2]! | (source[at + 3]! << 8))) return 'damaged';
    if (at + 4 + length > this.#end) return 'truncated';
    if (written + length > out.length) return 'too-long';
    out.set(source.subarray(at + 4, at + 4 + length), written);
    this.#at = at + 4 + length;
    return written + length;
  }

  #block(type: number, out: Uint8Array, written: number): number | InflateFault {
    let literals = FIXED_LITERALS;
    let distances = FIXED_DISTANCES;
    if (type === 2) {
      const fault = this.#readCodes();
      if (fault) return fault;
      literals = this.#literals;
      distances = this.#distances;
    }
    const source = this.#source;
    const end = this.#end;
    const mask = (1 << LOOKUP_BITS) - 1;
    const literalLookup = literals.lookup;
    const distanceLookup = distances.lookup;
    const size = out.length;
    // The hot loop keeps its state in locals; fields cost twice the time.
    let at = this.#at;
    let bits = this.#bits;
    let bitCount = this.#bitCount;
    for (;;) {
      while (bitCount < MAX_BITS && at < end) {
        bits |= source[at++]! << bitCount;
        bitCount += 8;
      }
      let entry = literalLookup[bits & mask]!;
      if (entry === 0) entry = walk(literals, bits);
      if (entry < 0) return bitCount < MAX_BITS ? 'truncated' : 'damaged';
      let used = entry & 15;
      if (used > bitCount) return 'truncated';
      bits >>>= used;
      bitCount -= used;
      const symbol = entry >>> 4;
      if (symbol < 256) {
        if (written >= size) return 'too-long';
        out[written++] = symbol;
        continue;
      }
      if (symbol === 256) break;
      if (symbol > 285) return 'damaged';

      let extra = LENGTH_EXTRA[symbol - 257]!;
      while (bitCount < extra) {
        if (at >= end) return 'truncated';
        bits |= source[at++]! << bitCount;
        bitCount += 8;
      }
      const length = LENGTH_BASE[symbol - 257]! + (bits & ((1 << extra) - 1));
      bits >>>= extra;
      bitCount -= extra;

      while (bitCount < MAX_BITS && at < end) {
        bits |= source[at++]! << bitCount;
        bitCount += 8;
      }
      entry = distanceLookup[bits & mask]!;
      if (entry === 0) entry = walk(distances, bits);
      if (entry < 0) return bitCount < MAX_BITS ? 'truncated' : 'damaged';
      used = entry & 15;
      if (used > bitCount) return 'truncated';
      bits >>>= used;
      bitCount -= used;
      const code = entry >>> 4;
      if (code > 29) return 'damaged';
      extra = DISTANCE_EXTRA[code]!;
      while (bitCount < extra) {
        if (at >= end) return 'truncated';
        bits |= source[at++]! << bitCount;
        bitCount += 8;
      }
      const distance = DISTANCE_BASE[code]! + (bits & ((1 << extra) - 1));
      bits >>>= extra;
      bitCount -= extra;
      if (distance > written) return 'damaged';
      if (written + length > size) return 'too-long';
      // Byte by byte: a run may overlap what it writes.
      for (let from = written - distance, to = from + length; from < to; from++) out[written++] = out[from]!;
    }
    this.#at = at;
    this.#bits = bits;
    this.#bitCount = bitCount;
    return written;
  }

  /** The two codes of a dynamic block. */
  #readCodes(): InflateFault | null {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    const lengthCount = this.#take(4) + 4;
    if (literalCount < 257 || distanceCount < 1 || lengthCount < 4) return 'truncated';
    if (literalCount > 286 || distanceCount > 30) return 'damaged';
    const lengths = this.#lengths;
    lengths.fill(0, 0, 19);
    for (let i = 0; i < lengthCount; i++) {
      const length = this.#take(3);
      if (length < 0) return 'truncated';
      lengths[CODE_LENGTH_ORDER[i]!] = length;
    }
    if (!this.#codeLengths.build(lengths, 0, 19)) return 'damaged';
    const total = literalCount + distanceCount;
    for (let i = 0; i < total; ) {
      const symbol = this.#decode(this.#codeLengths);
      if (symbol < 0) return this.#at >= this.#end ? 'truncated' : 'damaged';
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) return 'damaged';
      const previous = symbol === 16 ? lengths[i - 1]! : 0;
      const more = this.#take(symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
      if (more < 0) return 'truncated';
      const repeat = more + (symbol === 18 ? 11 : 3);
      if (i + repeat > total) return 'damaged';
      lengths.fill(previous, i, i + repeat);
      i += repeat;
    }
    // Without an end-of-block code the block could not end.
    if (lengths[256] === 0) return 'damaged';
    return this.#literals.build(lengths, 0, literalCount) && this.#distances.build(lengths, literalCount, distanceCount) ? null : 'damaged';
  }

  #decode(code: Huffman): number {
    while (this.#bitCount < MAX_BITS && this.#at < this.#end) {
      this.#bits |= this.#source[this.#at++]! << this.#bitCount;
      this.#bitCount += 8;
    }
    const entry = code.lookup[this.#bits & ((1 << LOOKUP_BITS) - 1)] || walk(code, this.#bits);
    const used = entry & 15;
    if (entry < 0 || used > this.#bitCount) return -1;
    this.#bits >>>= used;
    this.#bitCount -= used;
    return entry >>> 4;
  }
}

/** Decodes bit by bit, for codes beyond the table: symbol << 4 | length, or −1 where no code begins so. */
function walk(code: Huffman, bits: number): number {
  let value = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    value |= (bits >>> (length - 1)) & 1;
    const count = code.counts[length]!;
    if (value - count < first) return (code.symbols[index + (value - first)]! << 4) | length;
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return -1;
}
