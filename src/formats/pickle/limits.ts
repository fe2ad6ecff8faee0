/** What one file may ask of the interpreter. Weights need far less; each limit ends in a message, not in a full memory. */

/** Opcodes in all pickles of a file together. A ResNet-152 with its optimizer takes about 30,000. */
export const MAX_OPCODES = 1_000_000;
/** Open marks. Pickles nest them as deep as the values are nested. */
export const MAX_MARKS = 1_000;
/** Memo entries. */
export const MAX_MEMO = 500_000;
/** Longer text stays undecoded: only a tensor's bytes under protocol 2 are so long. */
export const MAX_TEXT_BYTES = 1 << 16;
/** Lines of the text protocols 0 and 1: numbers, names, quoted strings. */
export const MAX_LINE_BYTES = 1 << 16;
/** Digits of an integer of protocol 0, bytes of one of protocol 2: enough for 256 bits. */
export const MAX_INTEGER_BYTES = 32;
export const MAX_INTEGER_DIGITS = 78;
/** Dimensions of a tensor; PyTorch's own limit is 64. */
export const MAX_RANK = 64;
/** Files inside files: a tensor pickled on its own is one level. */
export const MAX_NESTED_FILES = 3;
/** Depth to which values are searched for tensors. */
export const MAX_DEPTH = 64;
/** Values visited while searching: shared containers are visited once per path to them. */
export const MAX_VISITS = 1_000_000;

/** Counts what the pickles of one file have used. Shared by nested files. */
export interface PickleBudget {
  opcodes: number;
  nestedFiles: number;
  /** Bytes that a single tensor may take, and that all copies together may take: memory stays near four times the file. */
  readonly maxTensorBytes: number;
  copiedBytes: number;
}

export function newBudget(fileBytes: number): PickleBudget {
  return { opcodes: 0, nestedFiles: 0, maxTensorBytes: 3 * fileBytes + (1 << 20), copiedBytes: 0 };
}
