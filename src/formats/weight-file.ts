/** Any file of weights, whatever wrote it, as one list of named tensors. Sync, no I/O; nothing in the file is ever executed. */
import { readPickledFile } from './legacy-read.ts';
import type { NamedTensor } from './named-tensors.ts';
import { newBudget } from './pickle/limits.ts';
import { isOpcode } from './pickle/opcodes.ts';
import { readTorchZip } from './pth-read.ts';
import { refusal } from './refuse.ts';
import { readSafetensors } from './safetensors-read.ts';
import { namedTensors } from './tensor-names.ts';
import { whatItIs } from './file-signatures.ts';
import { isZip } from './zip-read.ts';

export interface WeightFile {
  readonly container: 'torch-zip' | 'torch-legacy' | 'pickle' | 'safetensors';
  /**
   * Named by the keys that lead to them, joined by "/" where they are nested ("model_state_dict/features.0.weight").
   * Data may be views of the file's bytes.
   */
  readonly tensors: readonly NamedTensor[];
  /** Strings that a safetensors file carries; else empty. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads `.pth` (both of PyTorch's layouts), pickles of tensors and `.safetensors`. What a file is, its bytes tell;
 * the name decides only for a `.safetensors` file too damaged to be recognised.
 *
 * Memory: contiguous float32 tensors are views of `bytes`; copies (strided views, widened halves) and the values of its pickles
 * together are limited to three times the file and a megabyte.
 *
 * @param fileName named in messages
 * @throws LabError with a {@link FileErrorCode}
 */
export function readWeightFile(bytes: Uint8Array, fileName: string): WeightFile {
  if (bytes.length === 0) throw refusal('EMPTY', fileName, 'the file is empty');
  if (looksLikeSafetensors(bytes) || fileName.toLowerCase().endsWith('.safetensors')) {
    return { container: 'safetensors', ...readSafetensors(bytes, fileName) };
  }
  const budget = newBudget(bytes.length);
  if (isZip(bytes)) return pickled('torch-zip', namedTensors(readTorchZip(bytes, fileName, budget), budget, fileName));
  const other = whatItIs(bytes);
  if (other !== null) throw refusal('NOT_A_CHECKPOINT', fileName, `this is ${other}, not a file of weights`);
  if (!isOpcode(bytes[0]!)) throw refusal('NOT_A_CHECKPOINT', fileName, 'the file is neither a zip archive, a pickle nor safetensors');
  const { container, root } = readPickledFile(bytes, fileName, budget);
  return pickled(container, namedTensors(root, budget, fileName));
}

function pickled(container: WeightFile['container'], tensors: readonly NamedTensor[]): WeightFile {
  return { container, tensors, metadata: new Map() };
}

/** A header length below 2^40 and an opening brace after it. */
function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length >= 9 && bytes[8] === 0x7b && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0;
}
