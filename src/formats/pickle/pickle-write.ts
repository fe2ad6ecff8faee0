/**
 * Writes the few kinds of pickle that PyTorch's files are made of. The stream is a list of pieces, so that long bytes
 * (a tensor's values) go out as views of themselves, or are read when their turn comes. No memo: what occurs twice is written twice.
 */
import type { ByteSource } from '../byte-source.ts';
import { chainedSource, sourceOf } from '../byte-source.ts';

const encoder = new TextEncoder();

export class PickleWriter {
  private readonly pieces: ByteSource[] = [];
  private small: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  private used = 0;

  /** Protocol 2 is what PyTorch's own files use; bytes need 3. */
  constructor(protocol: 2 | 3) {
    this.op(0x80, protocol);
  }

  /** `module.name`, looked up by the reader. */
  global(module: string, name: string): this {
    return this.op(0x63).raw(encoder.encode(`${module}\n${name}\n`));
  }

  mark(): this {
    return this.op(0x28);
  }

  /** A tuple of everything since the mark. */
  tuple(): this {
    return this.op(0x74);
  }

  /** A tuple of the given whole numbers. */
  tupleOf(values: readonly number[]): this {
    if (values.length === 0) return this.op(0x29);
    this.mark();
    for (const value of values) this.int(value);
    return this.tuple();
  }

  emptyList(): this {
    return this.op(0x5d);
  }

  append(): this {
    return this.op(0x61);
  }

  emptyDict(): this {
    return this.op(0x7d);
  }

  /** Puts the keys and values since the mark into the dictionary below it. */
  setItems(): this {
    return this.op(0x75);
  }

  /** `collections.OrderedDict()`. */
  emptyOrderedDict(): this {
    return this.global('collections', 'OrderedDict').op(0x29).reduce();
  }

  /** Calls the callable with the tuple above it. */
  reduce(): this {
    return this.op(0x52);
  }

  /** Hands the value above to the reader's storage table. */
  persistentId(): this {
    return this.op(0x51);
  }

  none(): this {
    return this.op(0x4e);
  }

  bool(value: boolean): this {
    return this.op(value ? 0x88 : 0x89);
  }

  /** A whole number from 0 to 2^53. */
  int(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Not a count that a pickle of ours holds: ${value}`);
    if (value < 0x100) return this.op(0x4b, value);
    if (value < 0x10000) return this.op(0x4d, value & 0xff, value >>> 8);
    if (value < 0x80000000) return this.op(0x4a).raw(littleEndian(value, 4));
    return this.op(0x8a, 8).raw(littleEndian(value, 8));
  }

  text(value: string): this {
    const utf8 = encoder.encode(value);
    return this.op(0x58).raw(littleEndian(utf8.length, 4)).raw(utf8);
  }

  /** The bytes of a file, as a `bytes` object. At most 4 GiB (BINBYTES). */
  bytes(source: ByteSource): this {
    if (source.sizeBytes > 0xffffffff) throw new Error(`${source.sizeBytes} bytes do not fit a pickled bytes object.`);
    this.op(0x42).raw(littleEndian(source.sizeBytes, 4)).flush();
    this.pieces.push(source);
    return this;
  }

  /** Ends the pickle. */
  stop(): ByteSource {
    this.op(0x2e);
    this.flush();
    return chainedSource(this.pieces);
  }

  private op(...codes: readonly number[]): this {
    this.reserve(codes.length);
    for (const code of codes) this.small[this.used++] = code;
    return this;
  }

  private raw(bytes: Uint8Array<ArrayBuffer>): this {
    if (bytes.length <= 256) {
      this.reserve(bytes.length);
      this.small.set(bytes, this.used);
      this.used += bytes.length;
    } else {
      this.flush();
      this.pieces.push(sourceOf(bytes));
    }
    return this;
  }

  private reserve(count: number): void {
    if (this.used + count <= this.small.length) return;
    this.flush();
  }

  private flush(): void {
    if (this.used > 0) this.pieces.push(sourceOf(this.small.subarray(0, this.used)));
    this.small = new Uint8Array(1024);
    this.used = 0;
  }
}

function littleEndian(value: number, byteCount: 4 | 8): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes.subarray(0, byteCount);
}
