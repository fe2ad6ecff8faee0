/**
 * A whole run as one file: JSON (config, matrix, curves) and tensors (weights, omega, anchor, heads), as safetensors, so that
 * other tools can look inside. The JSON stands in the header's metadata; a CRC-32 guards the values.
 */
import type { ByteSource } from './byte-source.ts';
import { crc32 } from './crc32.ts';
import type { JsonValue } from './json-value.ts';
import type { NamedTensor, OutTensor } from './named-tensors.ts';
import { storedBytes, storedSource } from './named-tensors.ts';
import { quoted, refusal } from './refuse.ts';
import { readSafetensors } from './safetensors-read.ts';
import { safetensorsSource } from './safetensors-write.ts';

/** What a run file holds. Names of tensors are the writer's, "/" allowed ("omega/features.0.weight"). */
export interface RunFile {
  readonly json: JsonValue;
  readonly tensors: readonly NamedTensor[];
}

/** Raised when a reader of older files could no longer make sense of new ones. */
const VERSION = '1';
const VERSION_KEY = 'mas-lab-run';

/** The file as chunks; tensors are not copied, but passed over once for their CRC, before this resolves. */
export async function writeRunFile({ json, tensors }: { readonly json: JsonValue; readonly tensors: readonly OutTensor[] }): Promise<ByteSource> {
  let crc = 0;
  for (const tensor of inNameOrder(tensors)) {
    crc = crc32(description(tensor), crc);
    for await (const chunk of storedSource(tensor).chunks()) crc = crc32(chunk, crc);
  }
  const metadata = { format: 'pt', [VERSION_KEY]: VERSION, json: JSON.stringify(json), crc32: inHex(crc) };
  return safetensorsSource(tensors, metadata);
}

/**
 * @returns the JSON as parsed, for the session to validate, and the tensors (views of `bytes`)
 * @throws LabError 'NOT_A_CHECKPOINT' (no run file, or a version unknown here), 'CRC_MISMATCH', 'BAD_HEADER'; as safetensors
 */
export function readRunFile(bytes: Uint8Array, fileName: string): RunFile {
  const { tensors, metadata } = readSafetensors(bytes, fileName);
  const version = metadata.get(VERSION_KEY);
  if (version === undefined) throw refusal('NOT_A_CHECKPOINT', fileName, 'a safetensors file of weights, not a run of the lab');
  if (version !== VERSION) {
    throw refusal('NOT_A_CHECKPOINT', fileName, `a run file of version ${quoted(version)}, this lab reads version ${VERSION}`);
  }
  const found = checksum(tensors);
  const stored = metadata.get('crc32');
  if (stored !== found) throw refusal('CRC_MISMATCH', fileName, `its values give CRC-32 ${found}, the file says ${quoted(stored ?? 'none')}`);
  return { json: parseJson(metadata.get('json') ?? '', fileName), tensors };
}

/** Whether a safetensors file says that it is a run; what is wrong with it, only {@link readRunFile} tells. */
export function isRunMetadata(metadata: ReadonlyMap<string, string>): boolean {
  return metadata.has(VERSION_KEY);
}

function parseJson(text: string, fileName: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw refusal('BAD_HEADER', fileName, "the run's own description is not JSON", error);
  }
}

/** Over names, types, shapes and values. */
function checksum(tensors: readonly NamedTensor[]): string {
  let crc = 0;
  for (const tensor of inNameOrder(tensors)) crc = crc32(storedBytes(tensor), crc32(description(tensor), crc));
  return inHex(crc);
}

/** Readers and writers may list tensors differently. */
function inNameOrder<T extends OutTensor>(tensors: readonly T[]): T[] {
  return tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function description({ name, dtype, shape }: OutTensor): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([name, dtype, shape]));
}

function inHex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
