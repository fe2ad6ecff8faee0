/** Reads the zip layout of `torch.save` (PyTorch ≥ 1.6): `<root>/data.pkl` and one record `<root>/data/<key>` per storage. */
import { readNested } from './legacy-read.ts';
import { readPickle } from './pickle/interpret.ts';
import type { PickleBudget } from './pickle/limits.ts';
import type { PickleValue } from './pickle/values.ts';
import { quoted, refusal } from './refuse.ts';
import { StorageTable, storageBytes } from './torch-storages.ts';
import { readStoredZip } from './zip-read.ts';

/**
 * The saved object. Its tensors' storages are views of `bytes`.
 *
 * @throws LabError 'NOT_A_CHECKPOINT', 'TRUNCATED', 'COMPRESSED_ENTRY', 'CRC_MISMATCH', 'BYTE_ORDER', 'MISSING_STORAGE',
 *   'SHORT_STORAGE'; all that the interpreter throws
 */
export function readTorchZip(bytes: Uint8Array, fileName: string, budget: PickleBudget): PickleValue {
  const records = readStoredZip(bytes, fileName);
  const root = findRoot(records, fileName);
  const order = records.get(`${root}/byteorder`);
  if (order !== undefined && text(order) !== 'little') {
    throw refusal('BYTE_ORDER', fileName, `the file says that its values are in "${quoted(text(order))}" byte order, expected "little"`);
  }
  const storages = new StorageTable(fileName);
  const { value } = readPickle(records.get(`${root}/data.pkl`)!, 0, {
    fileName,
    budget,
    persistentLoad: (id) => storages.resolve(id),
    loadFromBytes: (nested) => readNested(nested, fileName, budget),
  });
  for (const data of storages.byKey.values()) {
    const record = records.get(`${root}/data/${data.key}`);
    if (record === undefined) throw refusal('MISSING_STORAGE', fileName, `record data/${quoted(data.key)} is not in the file`);
    const needed = storageBytes(data);
    if (record.length < needed) {
      throw refusal('SHORT_STORAGE', fileName, `record data/${quoted(data.key)} needs ${needed} bytes for ${data.count} ${data.dtype}, ${record.length} are there`);
    }
    data.bytes = record;
  }
  return value;
}

/** PyTorch names the root after the file, or "archive": any folder with a data.pkl will do, but only one. */
function findRoot(records: ReadonlyMap<string, Uint8Array>, fileName: string): string {
  const roots = [...records.keys()].filter((path) => /^[^/]+\/data\.pkl$/.test(path)).map((path) => path.slice(0, path.indexOf('/')));
  const [root] = roots;
  if (root === undefined) throw refusal('NOT_A_CHECKPOINT', fileName, 'a zip archive, but without the data.pkl that torch.save puts there');
  if (roots.length > 1) throw refusal('NOT_A_CHECKPOINT', fileName, `a zip archive with ${roots.length} files called data.pkl`);
  return root;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim();
}
