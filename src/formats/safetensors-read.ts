/**
 * Reads safetensors files: an 8-byte header length, a JSON header, then the tensors' values without gaps or overlaps.
 * The header is checked against the file before any of it is believed.
 */
import { repeatedKey } from './json-keys.ts';
import type { Dtype, NamedTensor } from './named-tensors.ts';
import { ITEM_BYTES, elementCount, formatShape, isDtype, tensorFromBytes } from './named-tensors.ts';
import { maxMemoryBesides } from './pickle/limits.ts';
import { quoted, refusal } from './refuse.ts';

export interface Safetensors {
  /** In the order of their data. Views of the file's bytes where their alignment allows. */
  readonly tensors: readonly NamedTensor[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
/**
 * Bytes that parsing a header takes for each of its own (the text and the names and values cut out of it, twice as wide where a character
 * is beyond ASCII), for a member, for a list or object, for an element: in V8, at most.
 */
const TEXT_BYTES = 3;
const MEMBER_BYTES = 360;
const CONTAINER_BYTES = 160;
const ELEMENT_BYTES = 28;

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * @param fileName named in messages
 * @throws LabError 'EMPTY', 'BAD_HEADER', 'BAD_DTYPE', 'BAD_OFFSETS', 'TRUNCATED'
 */
export function readSafetensors(bytes: Uint8Array, fileName: string): Safetensors {
  if (bytes.length === 0) throw refusal('EMPTY', fileName, 'the file is empty');
  const headerEnd = 8 + headerLength(bytes, fileName);
  checkHeaderMemory(bytes.subarray(8, headerEnd), bytes.length, fileName);
  const fields = headerFields(bytes.subarray(8, headerEnd), fileName);
  const metadata = readMetadata(fields.get('__metadata__'), fileName);
  fields.delete('__metadata__');
  const entries = [...fields].map(([name, value]) => readEntry(name, value, fileName));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, bytes.length - headerEnd, fileName);
  const tensors = entries.map(({ name, dtype, shape, begin, end }) =>
    tensorFromBytes(name, dtype, shape, bytes.subarray(headerEnd + begin, headerEnd + end)),
  );
  return { tensors, metadata };
}

function headerLength(bytes: Uint8Array, fileName: string): number {
  if (bytes.length < 8) throw refusal('BAD_HEADER', fileName, `the header's length takes 8 bytes, the file has ${bytes.length}`);
  const announced = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  const limit = Math.min(bytes.length - 8, MAX_HEADER_BYTES);
  if (announced > BigInt(limit)) {
    throw refusal('BAD_HEADER', fileName, `a header of ${announced} bytes is announced, at most ${limit} are possible`);
  }
  return Number(announced);
}

/** Before it is parsed: a few bytes of JSON can take hundreds in memory. What stands inside strings counts too, which only few files notice. */
function checkHeaderMemory(header: Uint8Array, fileBytes: number, fileName: string): void {
  let needed = TEXT_BYTES * header.length * (header.some((byte) => byte > 0x7f) ? 2 : 1);
  for (const byte of header) {
    if (byte === 0x3a) needed += MEMBER_BYTES;
    else if (byte === 0x5b || byte === 0x7b) needed += CONTAINER_BYTES;
    else if (byte === 0x2c) needed += ELEMENT_BYTES;
  }
  const given = maxMemoryBesides(fileBytes);
  if (needed > given) throw refusal('BAD_HEADER', fileName, `its header would take ${needed} bytes besides the file; at most ${given} are given`);
}

/** The header's members. A Map, so that no name means anything special. */
function headerFields(bytes: Uint8Array, fileName: string): Map<string, unknown> {
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    parsed = JSON.parse(text);
  } catch (error) {
    throw refusal('BAD_HEADER', fileName, 'the header is not JSON', error);
  }
  if (!isObject(parsed)) throw refusal('BAD_HEADER', fileName, 'the header is not a JSON object');
  const repeated = repeatedKey(text);
  if (repeated !== null) throw refusal('BAD_HEADER', fileName, `the header has "${quoted(repeated)}" twice`);
  return new Map(Object.entries(parsed));
}

function readMetadata(value: unknown, fileName: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  const pairs = isObject(value) ? Object.entries(value) : null;
  if (pairs === null || !pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) {
    throw refusal('BAD_HEADER', fileName, '__metadata__ is not an object of strings');
  }
  return new Map(pairs);
}

function readEntry(name: string, value: unknown, fileName: string): Entry {
  const label = `tensor "${quoted(name)}"`;
  if (!isObject(value)) throw refusal('BAD_HEADER', fileName, `${label} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (typeof dtype !== 'string') throw refusal('BAD_HEADER', fileName, `${label} has no dtype`);
  if (!isDtype(dtype)) throw refusal('BAD_DTYPE', fileName, `${label} has dtype "${quoted(dtype)}", known are ${Object.keys(ITEM_BYTES).join(', ')}`);
  if (!isCounts(shape)) throw refusal('BAD_HEADER', fileName, `${label} has no shape of whole numbers from 0`);
  if (!isCounts(offsets) || offsets.length !== 2) throw refusal('BAD_HEADER', fileName, `${label} has no pair of data_offsets`);
  const [begin, end] = offsets as [number, number];
  const needed = elementCount(shape) * ITEM_BYTES[dtype];
  if (end - begin !== needed) {
    throw refusal('BAD_OFFSETS', fileName, `${label}, ${dtype} ${formatShape(shape)}, needs ${needed} bytes, its offsets give ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** Every byte of the data belongs to exactly one tensor. */
function checkCoverage(entries: readonly Entry[], dataBytes: number, fileName: string): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const what = begin < at ? 'overlaps the tensor before it' : `leaves ${begin - at} bytes before it to no tensor`;
      throw refusal('BAD_OFFSETS', fileName, `tensor "${quoted(name)}" begins at byte ${begin} of the data and ${what}`);
    }
    at = end;
  }
  if (at > dataBytes) throw refusal('TRUNCATED', fileName, `the tensors need ${at} bytes, ${dataBytes} are there`);
  if (at < dataBytes) throw refusal('BAD_OFFSETS', fileName, `the tensors end after ${at} bytes, ${dataBytes} are there`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}
