/**
 * Zip archives written as a stream of chunks: entries STORED (weights do not shrink), CRC and sizes in the local header so
 * that every reader can stream them, zip64 fields where 32 bits do not suffice (PKWARE APPNOTE 6.3, sections 4.3 and 4.5).
 */
import type { ByteSource } from './byte-source.ts';
import { crc32 } from './crc32.ts';

export interface ZipEntry {
  /** Relative, with forward slashes, unique in the archive. */
  readonly path: string;
  readonly content: ByteSource;
}

export interface ZipOptions {
  /** Every entry's bytes begin at a multiple of this, by padding in the header's extra field (PyTorch maps storages at 64). */
  readonly alignment?: number;
}

const MAX_32 = 0xffffffff;
const MAX_ENTRIES_16 = 0xffff;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day that zip knows: the same run gives the same bytes whenever it is written. */
const DATE = (1 << 5) | 1;
/** "FB", PyTorch's own tag for padding. */
const PADDING_TAG = 0x4246;
const ZIP64_TAG = 0x0001;
/** An ordinary file, readable by all, as Unix writes it. */
const FILE_MODE = 0o100644;

interface Placed {
  readonly entry: ZipEntry;
  readonly name: Uint8Array<ArrayBuffer>;
  readonly offset: number;
  /** The local header's extra field: zip64 sizes, then padding. */
  readonly extraBytes: number;
  readonly large: boolean;
}

/** An archive of `entries`, in their order. Deterministic. Each entry is passed over twice, first for its CRC. */
export function zipSource(entries: readonly ZipEntry[], options: ZipOptions = {}): ByteSource {
  const placed = place(entries, options.alignment ?? 1);
  const directoryOffset = placed.end;
  const directoryBytes = placed.entries.reduce((sum, entry) => sum + centralBytes(entry), 0);
  const crcs = new Map<ZipEntry, number>();
  const crcOf = async (entry: ZipEntry): Promise<number> => {
    const known = crcs.get(entry);
    if (known !== undefined) return known;
    let crc = 0;
    for await (const chunk of entry.content.chunks()) crc = crc32(chunk, crc);
    crcs.set(entry, crc);
    return crc;
  };
  return {
    sizeBytes: directoryOffset + directoryBytes + endBytes(placed.entries.length, directoryOffset, directoryBytes),
    async *chunks() {
      for (const item of placed.entries) {
        yield localHeader(item, await crcOf(item.entry));
        yield* item.entry.content.chunks();
      }
      for (const item of placed.entries) yield centralHeader(item, await crcOf(item.entry));
      yield endRecords(placed.entries.length, directoryOffset, directoryBytes);
    },
  };
}

function place(entries: readonly ZipEntry[], alignment: number): { entries: readonly Placed[]; end: number } {
  const paths = new Set<string>();
  let offset = 0;
  const placed = entries.map((entry) => {
    if (!isSafePath(entry.path)) throw new Error(`Not a path inside an archive: ${entry.path}`);
    if (paths.has(entry.path)) throw new Error(`Two entries of an archive share the path ${entry.path}.`);
    paths.add(entry.path);
    const name = new TextEncoder().encode(entry.path);
    const large = entry.content.sizeBytes >= MAX_32;
    const sizes = large ? 20 : 0;
    const at = offset;
    const padding = paddingFor(at + 30 + name.length + sizes, alignment);
    offset += 30 + name.length + sizes + padding + entry.content.sizeBytes;
    return { entry, name, offset: at, extraBytes: sizes + padding, large };
  });
  return { entries: placed, end: offset };
}

/** Bytes of padding field after `position`: none, or at least the four of its own header. */
function paddingFor(position: number, alignment: number): number {
  const gap = (alignment - (position % alignment)) % alignment;
  return gap === 0 || gap >= 4 ? gap : gap + alignment * Math.ceil((4 - gap) / alignment);
}

function isSafePath(path: string): boolean {
  return path !== '' && !path.includes('\\') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function localHeader(item: Placed, crc: number): Uint8Array<ArrayBuffer> {
  const { name, extraBytes, large } = item;
  const size = item.entry.content.sizeBytes;
  const record = new RecordWriter(30 + name.length + extraBytes);
  record.u32(0x04034b50).u16(large ? 45 : 20).u16(UTF8_NAMES).u16(0).u16(0).u16(DATE).u32(crc);
  record.u32(large ? MAX_32 : size).u32(large ? MAX_32 : size);
  record.u16(name.length).u16(extraBytes).raw(name);
  if (large) record.u16(ZIP64_TAG).u16(16).u64(size).u64(size);
  const padding = extraBytes - (large ? 20 : 0);
  if (padding > 0) record.u16(PADDING_TAG).u16(padding - 4).fill(padding - 4, 0x5a);
  return record.bytes;
}

/** Central headers carry zip64 sizes and offset only where a 32-bit field overflows. */
function centralBytes(item: Placed): number {
  return 46 + item.name.length + centralExtraBytes(item);
}

function centralExtraBytes(item: Placed): number {
  const wide = (item.large ? 16 : 0) + (item.offset >= MAX_32 ? 8 : 0);
  return wide === 0 ? 0 : 4 + wide;
}

function centralHeader(item: Placed, crc: number): Uint8Array<ArrayBuffer> {
  const { name, offset, large } = item;
  const size = item.entry.content.sizeBytes;
  const extra = centralExtraBytes(item);
  const version = extra > 0 ? 45 : 20;
  const record = new RecordWriter(centralBytes(item));
  record.u32(0x02014b50).u16((3 << 8) | version).u16(version).u16(UTF8_NAMES).u16(0).u16(0).u16(DATE).u32(crc);
  record.u32(large ? MAX_32 : size).u32(large ? MAX_32 : size);
  record.u16(name.length).u16(extra).u16(0).u16(0).u16(0).u32(FILE_MODE * 0x10000);
  record.u32(Math.min(offset, MAX_32)).raw(name);
  if (extra > 0) {
    record.u16(ZIP64_TAG).u16(extra - 4);
    if (large) record.u64(size).u64(size);
    if (offset >= MAX_32) record.u64(offset);
  }
  return record.bytes;
}

function needsZip64(count: number, offset: number, bytes: number): boolean {
  return count >= MAX_ENTRIES_16 || offset >= MAX_32 || bytes >= MAX_32;
}

function endBytes(count: number, offset: number, bytes: number): number {
  return needsZip64(count, offset, bytes) ? 56 + 20 + 22 : 22;
}

function endRecords(count: number, offset: number, bytes: number): Uint8Array<ArrayBuffer> {
  const record = new RecordWriter(endBytes(count, offset, bytes));
  if (needsZip64(count, offset, bytes)) {
    record.u32(0x06064b50).u64(44).u16((3 << 8) | 45).u16(45).u32(0).u32(0).u64(count).u64(count).u64(bytes).u64(offset);
    record.u32(0x07064b50).u32(0).u64(offset + bytes).u32(1);
  }
  const short = Math.min(count, MAX_ENTRIES_16);
  record.u32(0x06054b50).u16(0).u16(0).u16(short).u16(short);
  record.u32(Math.min(bytes, MAX_32)).u32(Math.min(offset, MAX_32)).u16(0);
  return record.bytes;
}

/** Little-endian fields one after another. */
class RecordWriter {
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly view: DataView;
  private at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
  }

  u16(value: number): this {
    this.view.setUint16(this.at, value, true);
    this.at += 2;
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
    return this;
  }

  u64(value: number): this {
    this.view.setBigUint64(this.at, BigInt(value), true);
    this.at += 8;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }

  fill(count: number, value: number): this {
    this.bytes.fill(value, this.at, this.at + count);
    this.at += count;
    return this;
  }
}
