/**
 * Contents of many zip entries, read in a few large slices: neighbours share a slice, and the next slice is fetched while the present
 * one is unpacked. Memory is two slices, however large the archive.
 */
import { freeBytes } from '../../core/free-bytes.ts';
import { LabError } from '../../core/errors.ts';
import { crc32 } from '../../formats/crc32.ts';
import type { ByteSource } from '../types.ts';
import type { ZipEntry } from './directory.ts';
import { Inflater, type InflateFault } from './inflate.ts';

/** One entry's bytes, which are there until the next contents are asked for, or why they could not be had, in words that fit after its name. */
export type ZipContent<E extends ZipEntry> = { readonly entry: E; readonly bytes: Uint8Array } | { readonly entry: E; readonly fault: string };

const SLICE_BYTES = 2 * 1024 * 1024;
/** What the entries of one slice may unpack to, unless there is but one. */
const UNPACKED_BYTES = 16 * 1024 * 1024;
/** Bytes between two entries that are read along rather than asked for apart. */
const MAX_GAP_BYTES = 64 * 1024;
/** Unless said otherwise; no image of a hundred million pixels needs more. */
export const MAX_ENTRY_BYTES = 64 * 1024 * 1024;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;

const FAULTS: Readonly<Record<InflateFault, string>> = {
  truncated: 'its compressed data end early',
  damaged: 'its compressed data are damaged',
  'too-long': 'it unpacks to more than the archive says',
  'too-short': 'it unpacks to less than the archive says',
};

/** Why an entry is not even tried, or null. */
function refusal(entry: ZipEntry, maxBytes: number): string | null {
  if (entry.encrypted) return 'it is encrypted';
  if (entry.method !== 0 && entry.method !== 8) return `it is compressed by method ${entry.method}; only stored and deflated entries are read`;
  if (entry.sizeBytes > maxBytes || entry.packedBytes > maxBytes) {
    return `it has ${Math.max(entry.sizeBytes, entry.packedBytes)} bytes, the limit is ${maxBytes}`;
  }
  if (entry.offset + LOCAL_BYTES + entry.packedBytes > entry.limit) return 'it overlaps another entry of the archive';
  return null;
}

/**
 * Reads `entries` in the order given, a slice's worth at a time.
 * @param maxBytes that one entry may have, packed or not
 * @throws LabError 'file-truncated' where the file ends before an entry does, or the signal's reason
 */
export async function* readZipContents<E extends ZipEntry>(
  source: ByteSource,
  entries: readonly E[],
  signal?: AbortSignal,
  maxBytes = MAX_ENTRY_BYTES,
): AsyncGenerator<readonly ZipContent<E>[]> {
  const unpacker = new Unpacker();
  const refused = entries.flatMap((entry) => {
    const fault = refusal(entry, maxBytes);
    return fault === null ? [] : [{ entry, fault }];
  });
  if (refused.length > 0) yield refused;
  const readable = refused.length > 0 ? entries.filter((entry) => refusal(entry, maxBytes) === null) : entries;

  const slices = planSlices(readable);
  const fetch = (index: number): Promise<Uint8Array> | null => {
    const slice = slices[index];
    if (!slice) return null;
    const reading = source.slice(slice.start, slice.end);
    // A failure is met when the slice's turn comes; until then it is not unhandled.
    reading.catch(() => undefined);
    return reading;
  };
  let next = fetch(0);
  for (const [index, slice] of slices.entries()) {
    signal?.throwIfAborted();
    const bytes = await next!;
    next = fetch(index + 1);
    if (bytes.length < slice.end - slice.start) {
      throw new LabError('file-truncated', `${source.name}: ${slice.end} bytes expected, the file ends after ${slice.start + bytes.length}.`, 'Download it again.');
    }
    unpacker.begin(slice.unpackedBytes);
    const contents = slice.entries.map((entry) => unpacker.unpack(bytes, slice.start, entry));
    source.release?.(bytes);
    yield contents;
  }
}

interface Slice<E> {
  readonly start: number;
  end: number;
  unpackedBytes: number;
  readonly entries: E[];
}

/** Which ranges of the file to read for which entries, as plain data. */
export function planSlices<E extends ZipEntry>(entries: readonly E[]): readonly Slice<E>[] {
  const slices: Slice<E>[] = [];
  for (const entry of entries) {
    // The local header's own name and extra fields may differ from the directory's; what follows the limit never belongs to the entry.
    const end = Math.min(entry.limit, entry.offset + LOCAL_BYTES + 2 * 0xffff + entry.packedBytes);
    const open = slices.at(-1);
    const follows = open && entry.offset >= open.end - 2 * 0xffff && entry.offset >= open.start && entry.offset - open.end <= MAX_GAP_BYTES;
    if (open && follows && Math.max(end, open.end) - open.start <= SLICE_BYTES && open.unpackedBytes + entry.sizeBytes <= UNPACKED_BYTES) {
      open.end = Math.max(open.end, end);
      open.unpackedBytes += entry.sizeBytes;
      open.entries.push(entry);
    } else {
      slices.push({ start: entry.offset, end, unpackedBytes: entry.sizeBytes, entries: [entry] });
    }
  }
  return slices;
}

class Unpacker {
  readonly #inflater = new Inflater();
  /** Of all contents of a slice, and of the next slice again: an allocation each would cost more than unpacking. */
  #room = new Uint8Array(0);
  #used = 0;

  /** What was unpacked so far is given up. */
  begin(unpackedBytes: number): void {
    this.#used = 0;
    if (this.#room.length >= unpackedBytes && (this.#room.length <= UNPACKED_BYTES || unpackedBytes > UNPACKED_BYTES)) return;
    freeBytes(this.#room);
    this.#room = new Uint8Array(Math.max(unpackedBytes, 2 * SLICE_BYTES));
  }

  unpack<E extends ZipEntry>(slice: Uint8Array, sliceStart: number, entry: E): ZipContent<E> {
    const at = entry.offset - sliceStart;
    const view = new DataView(slice.buffer, slice.byteOffset + at, slice.length - at);
    if (view.byteLength < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL_SIGNATURE) return { entry, fault: 'its header is not where the archive says' };
    const start = at + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
    const end = start + entry.packedBytes;
    if (sliceStart + end > entry.limit) return { entry, fault: 'it overlaps another entry of the archive' };
    if (entry.method === 0 && entry.packedBytes !== entry.sizeBytes) return { entry, fault: FAULTS['too-short'] };
    const bytes = this.#allocate(entry.sizeBytes);
    if (entry.method === 0) bytes.set(slice.subarray(start, end));
    else {
      const fault = this.#inflater.inflate(slice, start, end, bytes);
      if (fault) return { entry, fault: FAULTS[fault] };
    }
    if (crc32(bytes) !== entry.crc) return { entry, fault: 'its checksum (CRC-32) does not match: the file is damaged' };
    return { entry, bytes };
  }

  #allocate(size: number): Uint8Array {
    this.#used += size;
    return this.#room.subarray(this.#used - size, this.#used);
  }
}
