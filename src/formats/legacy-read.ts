/**
 * Reads what `torch.save` wrote before PyTorch 1.6, and what a tensor pickled on its own still contains: five pickles one
 * after another (magic number, protocol, system, object, storage keys), then per key an 8-byte count and the values.
 */
import { ITEM_BYTES } from './named-tensors.ts';
import type { PickleHost } from './pickle/interpret.ts';
import { readPickle } from './pickle/interpret.ts';
import type { PickleBudget } from './pickle/limits.ts';
import { MAX_NESTED_FILES } from './pickle/limits.ts';
import type { PickleValue, StorageData } from './pickle/values.ts';
import { kindOf } from './pickle/values.ts';
import { quoted, refusal } from './refuse.ts';
import { StorageTable } from './torch-storages.ts';
import { LEGACY_MAGIC, LEGACY_PROTOCOL } from './torch-types.ts';

/** A file that begins with a pickle: a legacy torch file, or a pickle alone. */
export interface PickledFile {
  readonly container: 'torch-legacy' | 'pickle';
  readonly root: PickleValue;
}

/**
 * @throws LabError 'NOT_A_CHECKPOINT' where the file begins with another number than PyTorch's; 'TRUNCATED',
 *   'SHORT_STORAGE', 'MISSING_STORAGE', 'BYTE_ORDER' for legacy files; all that the interpreter throws
 */
export function readPickledFile(bytes: Uint8Array, fileName: string, budget: PickleBudget): PickledFile {
  const host = plainHost(fileName, budget);
  const first = readPickle(bytes, 0, host);
  if (first.value === LEGACY_MAGIC) return { container: 'torch-legacy', root: readAfterMagic(bytes, first.end, host) };
  if (typeof first.value === 'bigint' || typeof first.value === 'number') {
    throw refusal('NOT_A_CHECKPOINT', fileName, `the file begins with the number ${first.value}, PyTorch's begin with ${LEGACY_MAGIC}`);
  }
  return { container: 'pickle', root: first.value };
}

/** Everything before and after the object: no storages to refer to. */
function plainHost(fileName: string, budget: PickleBudget): PickleHost {
  return {
    fileName,
    budget,
    persistentLoad(id) {
      throw refusal('BAD_PICKLE', fileName, `a ${kindOf(id)} refers to a storage, but a pickle alone has none`);
    },
    loadFromBytes: (nested) => readNested(nested, fileName, budget),
  };
}

/** The bytes of a pickled tensor: a legacy file by the same rules, usually of one storage. */
export function readNested(bytes: Uint8Array, fileName: string, budget: PickleBudget): PickleValue {
  if (++budget.nestedFiles > MAX_NESTED_FILES) throw refusal('BAD_PICKLE', fileName, `files inside files, more than ${MAX_NESTED_FILES} deep`);
  const { container, root } = readPickledFile(bytes, fileName, budget);
  if (container !== 'torch-legacy') throw refusal('BAD_PICKLE', fileName, 'torch.storage._load_from_bytes is given bytes that are no torch file');
  budget.nestedFiles--;
  return root;
}

function readAfterMagic(bytes: Uint8Array, start: number, plain: PickleHost): PickleValue {
  const { fileName } = plain;
  const protocol = readPickle(bytes, start, plain);
  if (protocol.value !== LEGACY_PROTOCOL) {
    throw refusal('NOT_A_CHECKPOINT', fileName, `torch file protocol ${kindOf(protocol.value)}, expected ${LEGACY_PROTOCOL}`);
  }
  const system = readPickle(bytes, protocol.end, plain);
  checkByteOrder(system.value, fileName);
  const storages = new StorageTable(fileName);
  const object = readPickle(bytes, system.end, { ...plain, persistentLoad: (id) => storages.resolve(id) });
  const keys = readPickle(bytes, object.end, plain);
  readStorages(bytes, keys.end, keyList(keys.value, fileName), storages, fileName);
  return object.value;
}

function checkByteOrder(system: PickleValue, fileName: string): void {
  const little = typeof system === 'object' && system?.kind === 'dict' ? system.entries.get('little_endian') : undefined;
  if (little === false) throw refusal('BYTE_ORDER', fileName, 'the file says that its values are big-endian');
  if (little !== true) throw refusal('BAD_PICKLE', fileName, 'the file does not say its byte order');
}

function keyList(value: PickleValue, fileName: string): string[] {
  if (typeof value !== 'object' || value?.kind !== 'list') throw refusal('BAD_PICKLE', fileName, `a ${kindOf(value)} stands where storage keys should`);
  return value.items.map((key) => {
    if (typeof key !== 'string' && typeof key !== 'number') throw refusal('BAD_PICKLE', fileName, `a ${kindOf(key)} stands where a storage key should`);
    return String(key);
  });
}

function readStorages(bytes: Uint8Array, start: number, keys: readonly string[], storages: StorageTable, fileName: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  for (const key of keys) {
    const data = storages.byKey.get(key);
    if (data === undefined) throw refusal('BAD_PICKLE', fileName, `storage ${quoted(key)} is listed, but nothing refers to it`);
    if (at + 8 > bytes.length) throw cut(key, 8, bytes.length - at, fileName);
    const count = view.getBigInt64(at, true);
    if (count !== BigInt(data.count)) throw otherCount(data, count, fileName);
    const size = data.count * ITEM_BYTES[data.dtype];
    at += 8;
    if (at + size > bytes.length) throw cut(key, size, bytes.length - at, fileName);
    data.bytes = bytes.subarray(at, at + size);
    at += size;
  }
  for (const data of storages.byKey.values()) {
    if (data.bytes === null) throw refusal('MISSING_STORAGE', fileName, `storage ${quoted(data.key)} is not in the file`);
  }
}

function cut(key: string, needed: number, left: number, fileName: string): Error {
  return refusal('TRUNCATED', fileName, `storage ${quoted(key)} needs ${needed} bytes, ${left} are left`);
}

function otherCount(data: StorageData, found: bigint, fileName: string): Error {
  return refusal('SHORT_STORAGE', fileName, `storage ${quoted(data.key)} is announced with ${data.count} elements and has ${found}`);
}
