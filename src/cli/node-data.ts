/** The data of a headless run: the built-in set. */
import type { LabEvent } from '../core/protocol.ts';
import { LabError } from '../core/errors.ts';
import { BUILTIN_ID, builtinReader } from '../data/procedural.ts';
import type { BlobStore, ImageDecoder } from '../data/types.ts';
import type { Datasets } from '../session/dataset-tasks.ts';

export interface NodeData {
  /** Id of the dataset asked for. */
  readonly id: string;
  readonly datasets: Datasets;
  readonly decoder: ImageDecoder;
  /** Where runs are kept while they last. */
  readonly store: BlobStore;
}

export async function openNodeData(source: string, _onEvent: (event: LabEvent) => void): Promise<NodeData> {
  const builtin = builtinReader();
  if (source !== BUILTIN_ID) throw new LabError('data-missing', `--data ${source} is not known.`, 'Use builtin.');
  const entries = new Map<string, unknown>();
  return {
    id: BUILTIN_ID,
    datasets: { list: async () => [builtin.info], reader: async () => builtin },
    decoder: { decode: () => Promise.reject(new Error('nothing to decode')) },
    store: {
      get: async (key) => entries.get(key),
      set: async (key, value) => void entries.set(key, value),
      setMany: async (pairs) => pairs.forEach(([key, value]) => entries.set(key, value)),
      delete: async (keys) => keys.forEach((key) => entries.delete(key)),
      keys: async () => [...entries.keys()],
    },
  };
}
