/**
 * Reads zip archives whose entries are STORED, as `torch.save` writes them: every record is a view of the file.
 * Offsets and sizes are checked against the file before anything is read there, every record against its CRC-32.
 */
import { crc32 } from './crc32.ts';
import { quoted, refusal } from './refuse.ts';

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;
const ENCRYPTED = 0x0001;

interface CentralEntry {
  readonly path: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 0x03 && bytes[3] === 0x04;
}

/**
 * The archive's records by path, as views of `bytes`. Folders are left out.
 *
 * @throws LabError 'TRUNCATED', 'COMPRESSED_ENTRY', 'CRC_MISMATCH', 'NOT_A_CHECKPOINT' (records that contradict each other)
 */
export function readStoredZip(bytes: Uint8Array, fileName: string): ReadonlyMap<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view, fileName);
  const entries = readDirectory(view, directory, fileName);
  // STORED records cannot hold more than the file: without this, a thousand entries over the same bytes would each be read.
  if (entries.reduce((sum, entry) => sum + entry.size, 0) > bytes.length) {
    throw refusal('NOT_A_CHECKPOINT', fileName, 'the records of the zip archive overlap');
  }
  const records = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (entry.path.endsWith('/')) continue;
    if (records.has(entry.path)) throw refusal('NOT_A_CHECKPOINT', fileName, `the zip archive has ${quoted(entry.path)} twice`);
    records.set(entry.path, readRecord(bytes, view, entry, directory.offset, fileName));
  }
  return records;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

function findDirectory(view: DataView, fileName: string): Directory {
  const end = findEnd(view);
  if (end === null) throw refusal('TRUNCATED', fileName, 'the zip archive ends early: end of central directory not found');
  let count = view.getUint16(end + 10, true);
  let size = view.getUint32(end + 12, true);
  let offset = view.getUint32(end + 16, true);
  let before = end;
  if (count === MAX_16 || size === MAX_32 || offset === MAX_32) {
    const end64 = findEnd64(view, end);
    if (end64 === null) throw refusal('TRUNCATED', fileName, 'the zip archive has no zip64 end of central directory');
    count = readUint64(view, end64 + 32);
    size = readUint64(view, end64 + 40);
    offset = readUint64(view, end64 + 48);
    before = end64;
  }
  if (offset + size > before) {
    throw refusal('TRUNCATED', fileName, `the zip directory is announced at bytes ${offset} to ${offset + size}, only ${before} are there`);
  }
  return { offset, size, count };
}

/** The end record lies at the file's end, before at most 64 KiB of comment whose length it gives. */
function findEnd(view: DataView): number | null {
  const first = Math.max(0, view.byteLength - 22 - MAX_16);
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = bytes.length - 22; at >= first; at--) {
    // One byte first: a file cut short is searched for all of those 64 KiB.
    if (bytes[at] === (END & 0xff) && view.getUint32(at, true) === END && at + 22 + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  return null;
}

function findEnd64(view: DataView, end: number): number | null {
  const locator = end - 20;
  if (locator < 0 || view.getUint32(locator, true) !== LOCATOR_64) return null;
  const at = readUint64(view, locator + 8);
  return at + 56 <= locator && view.getUint32(at, true) === END_64 ? at : null;
}

function readDirectory(view: DataView, { offset, size, count }: Directory, fileName: string): CentralEntry[] {
  const entries: CentralEntry[] = [];
  const end = offset + size;
  let at = offset;
  while (at < end) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) throw damagedDirectory(fileName);
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const next = at + 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
    if (next > end) throw damagedDirectory(fileName);
    entries.push(readCentral(view, at, nameBytes, extraBytes, fileName));
    at = next;
  }
  if (entries.length !== count) {
    throw refusal('NOT_A_CHECKPOINT', fileName, `the zip archive announces ${count} entries and lists ${entries.length}`);
  }
  return entries;
}

function damagedDirectory(fileName: string): Error {
  return refusal('NOT_A_CHECKPOINT', fileName, 'the directory of the zip archive is damaged');
}

function readCentral(view: DataView, at: number, nameBytes: number, extraBytes: number, fileName: string): CentralEntry {
  const path = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at + 46, nameBytes));
  let size = view.getUint32(at + 24, true);
  let packed = view.getUint32(at + 20, true);
  let offset = view.getUint32(at + 42, true);
  if (size === MAX_32 || packed === MAX_32 || offset === MAX_32) {
    const wide = zip64Field(view, at + 46 + nameBytes, extraBytes);
    const take = (short: number): number => {
      if (short !== MAX_32) return short;
      const value = wide.shift();
      if (value === undefined) throw damagedDirectory(fileName);
      return value;
    };
    size = take(size);
    packed = take(packed);
    offset = take(offset);
  }
  return { path, method: view.getUint16(at + 10, true), flags: view.getUint16(at + 8, true), crc: view.getUint32(at + 16, true), packed, size, offset };
}

/** The 64-bit numbers of an entry's zip64 extra field, in order; none where it has no such field. */
function zip64Field(view: DataView, start: number, length: number): number[] {
  let at = start;
  while (at + 4 <= start + length) {
    const bytes = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 0x0001) {
      const count = Math.floor(Math.min(bytes, start + length - at - 4) / 8);
      return Array.from({ length: Math.min(count, 3) }, (_, i) => readUint64(view, at + 4 + 8 * i));
    }
    at += 4 + bytes;
  }
  return [];
}

function readRecord(bytes: Uint8Array, view: DataView, entry: CentralEntry, limit: number, fileName: string): Uint8Array {
  const name = quoted(entry.path);
  if ((entry.flags & ENCRYPTED) !== 0) throw refusal('NOT_A_CHECKPOINT', fileName, `${name} is encrypted`);
  if (entry.method !== 0) throw refusal('COMPRESSED_ENTRY', fileName, `${name} is compressed (zip method ${entry.method}), PyTorch stores records as they are`);
  if (entry.packed !== entry.size) throw damagedDirectory(fileName);
  if (entry.offset + 30 > limit || view.getUint32(entry.offset, true) !== LOCAL) {
    throw refusal('NOT_A_CHECKPOINT', fileName, `${name} is not where the zip directory says`);
  }
  // Padding that aligns storages is in the local header only: its lengths count, not the directory's.
  const start = entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  if (start + entry.size > limit) {
    throw refusal('TRUNCATED', fileName, `${name} is announced with ${entry.size} bytes, ${Math.max(0, limit - start)} are there`);
  }
  const record = bytes.subarray(start, start + entry.size);
  if (crc32(record) !== entry.crc) throw refusal('CRC_MISMATCH', fileName, `${name} is damaged: its bytes do not give the CRC-32 stored with them`);
  return record;
}

function readUint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}
