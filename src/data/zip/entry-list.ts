import { entryName, findExtra } from './entry-name.ts';

export interface ZipEntry {
  /** As stored, with backslashes (old Windows tools) as slashes. */
  readonly path: string;
  /** As stored, for reports. */
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Of its local header. */
  readonly offset: number;
  /** Where the next entry's local header, or the directory, begins: nothing of this entry lies beyond. */
  readonly limit: number;
}

const CENTRAL_SIGNATURE = 0x02014b50;
const CENTRAL_BYTES = 46;
const MAX_32 = 0xffffffff;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_UTF8 = 0x0800;
const EXTRA_ZIP64 = 0x0001;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/**
 * The files that a central directory lists, read from its bytes when they are asked for: a hundred thousand entries as objects take
 * fifty megabytes, as twelve bytes each beside the directory one.
 */
export class EntryList {
  /** Folders included. */
  readonly listed: number;
  readonly #view: DataView;
  /** Where each file's record begins. */
  readonly #at: Uint32Array;
  /** Of all files, ascending. */
  readonly #offsets: Float64Array;
  readonly #shift: number;
  readonly #end: number;

  /**
   * @param bytes the whole directory
   * @param shift to be added to every offset: bytes put before the archive after it was made
   * @param end where the directory begins, beyond which no entry reaches
   * @param brokenOff called with the number of the entry in which the directory ends; must throw
   */
  constructor(bytes: Uint8Array, shift: number, end: number, brokenOff: (entry: number) => never) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#shift = shift;
    this.#end = end;
    const view = this.#view;
    const starts = new Uint32Array(Math.floor(bytes.length / CENTRAL_BYTES));
    let files = 0;
    let listed = 0;
    for (let at = 0; at + CENTRAL_BYTES <= bytes.length && view.getUint32(at, true) === CENTRAL_SIGNATURE; listed++) {
      const next = at + CENTRAL_BYTES + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
      if (next > bytes.length) brokenOff(listed + 1);
      if (!this.#isFolder(at)) starts[files++] = at;
      at = next;
    }
    this.listed = listed;
    this.#at = starts.slice(0, files);
    this.#offsets = Float64Array.from(this.#at, (at) => this.#sizes(at)[2]).sort();
  }

  get length(): number {
    return this.#at.length;
  }

  path(index: number): string {
    return withSlashes(this.name(index));
  }

  name(index: number): string {
    return this.#name(this.#at[index]!);
  }

  at(index: number): ZipEntry {
    const at = this.#at[index]!;
    const view = this.#view;
    const [sizeBytes, packedBytes, offset] = this.#sizes(at);
    const name = this.#name(at);
    return {
      path: withSlashes(name),
      name,
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & FLAG_ENCRYPTED) !== 0,
      crc: view.getUint32(at + 16, true),
      packedBytes,
      sizeBytes,
      offset,
      limit: this.#limit(offset),
    };
  }

  #extra(at: number): DataView {
    const start = at + CENTRAL_BYTES + this.#view.getUint16(at + 28, true);
    return new DataView(this.#view.buffer, this.#view.byteOffset + start, this.#view.getUint16(at + 30, true));
  }

  #nameBytes(at: number): Uint8Array {
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at + CENTRAL_BYTES, this.#view.getUint16(at + 28, true));
  }

  #name(at: number): string {
    return entryName(this.#nameBytes(at), (this.#view.getUint16(at + 8, true) & FLAG_UTF8) !== 0, this.#extra(at));
  }

  #isFolder(at: number): boolean {
    // The name is decoded only where something else may stand for it.
    const last = this.#view.getUint16(at + 30, true) > 0 ? this.#name(at).at(-1)?.charCodeAt(0) : this.#nameBytes(at).at(-1);
    return last === SLASH || last === BACKSLASH;
  }

  /** What is all ones is replaced by the 64-bit values of the zip64 field, which lists them in this order. */
  #sizes(at: number): [size: number, packed: number, offset: number] {
    const view = this.#view;
    const values: [number, number, number] = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const field = values.includes(MAX_32) ? findExtra(this.#extra(at), EXTRA_ZIP64) : null;
    if (field) {
      let from = 0;
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== MAX_32 || from + 8 > field.byteLength) continue;
        values[i] = toNumber(field.getBigUint64(from, true));
        from += 8;
      }
    }
    values[2] += this.#shift;
    return values;
  }

  /** The next higher offset there is, or where the directory begins. */
  #limit(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! > offset) high = middle;
      else low = middle + 1;
    }
    return Math.min(this.#offsets[low] ?? this.#end, this.#end);
  }
}

function withSlashes(name: string): string {
  return name.includes('\\') ? name.replaceAll('\\', '/') : name;
}

export function toNumber(value: bigint): number {
  return Number(value > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : value);
}
