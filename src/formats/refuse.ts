/** How readers say no: one code, one sentence that names the file, one thing to do. */
import type { FileErrorCode } from '../core/errors.ts';
import { LabError } from '../core/errors.ts';

const AGAIN = 'Download or copy the file again.';
const SAVE_AGAIN = 'Save the file again with torch.save.';

const HINTS: { readonly [C in FileErrorCode]: string } = {
  EMPTY: AGAIN,
  NOT_A_CHECKPOINT: 'Choose a .pth, .pt, .pickle or .safetensors file with weights.',
  TRUNCATED: `The file is not complete. ${AGAIN}`,
  TOO_LARGE: 'Save only what is needed: a state dict of contiguous tensors.',
  CRC_MISMATCH: `The file was damaged on its way. ${AGAIN}`,
  COMPRESSED_ENTRY: 'Take the file as torch.save wrote it, not re-zipped.',
  BYTE_ORDER: 'Save the file again on a little-endian machine (any PC, Mac or phone).',
  MISSING_STORAGE: SAVE_AGAIN,
  SHORT_STORAGE: SAVE_AGAIN,
  OUT_OF_BOUNDS: SAVE_AGAIN,
  BAD_STRIDE: SAVE_AGAIN,
  UNSAFE_GLOBAL: 'Files of weights never need this. If you trust the file, load it in Python and save only model.state_dict().',
  BAD_PICKLE: 'Save the state dict again with torch.save, or as safetensors.',
  BAD_HEADER: AGAIN,
  BAD_OFFSETS: AGAIN,
  BAD_DTYPE: 'Save the tensors as float32, float16, bfloat16 or float64.',
  NO_TENSORS: 'Save model.state_dict().',
  MISSING_TENSOR: 'Choose the model that the file was saved from.',
  UNEXPECTED_TENSOR: 'Choose the model that the file was saved from.',
  SHAPE_MISMATCH: 'Choose the model and the number of classes that the file was saved from.',
  NON_FINITE: 'The training that wrote this file had diverged. Choose an earlier checkpoint.',
  NEGATIVE_OMEGA: 'An importance is a mean of absolute values. Choose a file that MAS wrote.',
};

/**
 * The error for a file that cannot be used.
 *
 * @param detail what is wrong, with what was expected and what was found, without the file's name and final point
 */
export function refusal(code: FileErrorCode, fileName: string, detail: string, cause?: unknown): LabError {
  return new LabError(code, `${fileName}: ${detail}.`, HINTS[code], cause);
}

/** Text from a file, fit for a message: printable and short. */
export function quoted(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 120 ? `${printable.slice(0, 120)}…` : printable;
}
