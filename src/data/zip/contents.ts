/**
 * Contents of many zip entries, read in a few large slices: neighbours share a slice, and the next slice is fetched while the present
 * one is unpacked. Memory is two slices, however large the archive.
 */
import { freeBytes } from '../../core/free-bytes.ts';
import { LabError } from '../../core/errors.ts';
import { crc32 } from '../../formats/crc32.ts';
import type { ByteSource } from '../types.ts';
import type { ZipEntry } from './entry-list.ts';
import { Inflater, type InflateFault } from './inflate.ts';

/** Entries in the order they are to be read: an array, or a list that makes them up when asked. */
export interface EntrySequence {
  readonly length: number;
  at(index: number): ZipEntry | undefined;
}

/**
 * One entry, with its place in the sequence, and its bytes, which are there until the next contents are asked for, or why they could not
 * be had, in words that fit after its name.
 */
export type ZipContent = { readonly index: number; readonly entry: ZipEntry } & ({ readonly bytes: Uint8Array } | { readonly fault: string });

const SLICE_BYTES = 2 * 1024 * 1024;
/** What the entries of one slice may unpack to, unless there is but one. */
const UNPACKED_BYTES = 16 * 1024 * 1024;
/** Bytes between two entries that are read along rather than asked for apart. */
const MAX_GAP_BYTES = 64 * 1024;
/** Entries unpacked at a time: what lives for a thousand makes V8 keep fifty megabytes more for young objects. */
const TOGETHER = 128;
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
 * Reads `entries` in the order given, some at a time; those that are refused come first.
 * @param maxBytes that one entry may have, packed or not
 * @throws LabError 'file-truncated' where the file ends before an entry does, or the signal's reason
 */
export async function* readZipContents(
  source: ByteSource,
  entries: EntrySequence,
  signal?: AbortSignal,
  maxBytes = MAX_ENTRY_BYTES,
): AsyncGenerator<readonly ZipContent[]> {
  const readable = new Uint32Array(entries.length);
  let count = 0;
  const refused: ZipContent[] = [];
  for (let index = 0; index < entries.length; index++) {
    const entry = entries.at(index)!;
    const fault = refusal(entry, maxBytes);
    if (fault === null) readable[count++] = index;
    else refused.push({ index, entry, fault });
  }
  if (refused.length > 0) yield refused;

  const unpacker = new Unpacker();
  const slices = planSlices(entries, readable.subarray(0, count));
  const fetch = (): { slice: Slice; reading: Promise<Uint8Array> } | null => {
    const planned = slices.next();
    if (planned.done) return null;
    const slice = planned.value;
    const reading = source.slice(slice.start, slice.end);
    // A failure is met when the slice's turn comes; until then it is not unhandled.
    reading.catch(() => undefined);
    return { slice, reading };
  };
  let next = fetch();
  while (next !== null) {
    signal?.throwIfAborted();
    const { slice, reading } = next;
    const bytes = await reading;
    next = fetch();
    if (bytes.length < slice.end - slice.start) {
      throw new LabError('file-truncated', `${source.name}: ${slice.end} bytes expected, the file ends after ${slice.start + bytes.length}.`, 'Download it again.');
    }
    unpacker.begin(slice.unpackedBytes);
    for (let first = slice.first; first < slice.last; first += TOGETHER) {
      const indices = readable.subarray(first, Math.min(first + TOGETHER, slice.last));
      yield Array.from(indices, (index): ZipContent => {
        const entry = entries.at(index)!;
        return { index, entry, ...unpacker.unpack(bytes, slice.start, entry) };
      });
    }
    source.release?.(bytes);
  }
}

interface Slice {
  readonly start: number;
  end: number;
  unpackedBytes: number;
  /** Its entries, as places in the list of indices: [first, last). */
  readonly first: number;
  last: number;
}

/** Which ranges of the file to read for which entries, one after another. */
function* planSlices(entries: EntrySequence, indices: Uint32Array): Generator<Slice> {
  let open: Slice | null = null;
  for (const [at, index] of indices.entries()) {
    const { offset, limit, packedBytes, sizeBytes } = entries.at(index)!;
    // The local header's own name and extra fields may differ from the directory's; what follows the limit never belongs to the entry.
    const end = Math.min(limit, offset + LOCAL_BYTES + 2 * 0xffff + packedBytes);
    const follows = open && offset >= open.end - 2 * 0xffff && offset >= open.start && offset - open.end <= MAX_GAP_BYTES;
    if (open && follows && Math.max(end, open.end) - open.start <= SLICE_BYTES && open.unpackedBytes + sizeBytes <= UNPACKED_BYTES) {
      open.end = Math.max(open.end, end);
      open.unpackedBytes += sizeBytes;
      open.last = at + 1;
    } else {
      if (open) yield open;
      open = { start: offset, end, unpackedBytes: sizeBytes, first: at, last: at + 1 };
    }
  }
  if (open) yield open;
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

  unpack(slice: Uint8Array, sliceStart: number, entry: ZipEntry): { readonly bytes: Uint8Array } | { readonly fault: string } {
    const at = entry.offset - sliceStart;
    const view = new DataView(slice.buffer, slice.byteOffset + at, slice.length - at);
    if (view.byteLength < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL_SIGNATURE) return { fault: 'its header is not where the archive says' };
    const start = at + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
    const end = start + entry.packedBytes;
    if (sliceStart + end > entry.limit) return { fault: 'it overlaps another entry of the archive' };
    if (entry.method === 0 && entry.packedBytes !== entry.sizeBytes) return { fault: FAULTS['too-short'] };
    const bytes = this.#allocate(entry.sizeBytes);
    if (entry.method === 0) bytes.set(slice.subarray(start, end));
    else {
      const fault = this.#inflater.inflate(slice, start, end, bytes);
      if (fault) return { fault: FAULTS[fault] };
    }
    if (crc32(bytes) !== entry.crc) return { fault: 'its checksum (CRC-32) does not match: the file is damaged' };
    return { bytes };
  }

  #allocate(size: number): Uint8Array {
    this.#used += size;
    return this.#room.subarray(this.#used - size, this.#used);
  }
}
