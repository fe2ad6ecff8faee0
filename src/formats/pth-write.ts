/**
 * Writes state dicts as `torch.save` of PyTorch ≥ 1.6 does: a zip with a pickle and one aligned record per storage.
 * `torch.load(…, weights_only=True)` and `load_state_dict(strict=True)` take it.
 */
import type { ByteSource } from './byte-source.ts';
import { textSource } from './byte-source.ts';
import type { OutTensor } from './named-tensors.ts';
import { elementCount, storedSource } from './named-tensors.ts';
import { PickleWriter } from './pickle/pickle-write.ts';
import { writeStorageReference, writeTensor } from './torch-types.ts';
import { zipSource } from './zip-write.ts';

/** The root folder `torch.save` uses for buffers; readers take any. */
const ROOT = 'archive';
/** PyTorch aligns storages so that it can map them. */
const STORAGE_ALIGNMENT = 64;

/**
 * A `.pth` file: an OrderedDict of `tensors` by name, in order.
 *
 * Tensors are not copied: peak memory is that of those at hand plus some kilobytes (halves are narrowed into copies). Distant ones are
 * read twice, first for their CRC.
 */
export function pthSource(tensors: readonly OutTensor[]): ByteSource {
  const pickle = new PickleWriter(2).emptyOrderedDict();
  if (tensors.length > 0) {
    pickle.mark();
    tensors.forEach((tensor, key) => {
      pickle.text(tensor.name);
      writeTensor(pickle, tensor.shape, () => {
        writeStorageReference(pickle, tensor.dtype, String(key), elementCount(tensor.shape), 'zip');
      });
    });
    pickle.setItems();
  }
  const records = [
    { path: `${ROOT}/data.pkl`, content: pickle.stop() },
    { path: `${ROOT}/byteorder`, content: textSource('little') },
    ...tensors.map((tensor, key) => ({ path: `${ROOT}/data/${key}`, content: storedSource(tensor) })),
    { path: `${ROOT}/version`, content: textSource('3\n') },
  ];
  return zipSource(records, { alignment: STORAGE_ALIGNMENT });
}
