/** What one file may ask of the interpreter. Weights need far less; each limit ends in a message, not in a full memory. */

import { refusal } from '../refuse.ts';
import type { PickleValue } from './values.ts';

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
/** Characters of a tensor's name, folders included. */
export const MAX_NAME_LENGTH = 4_096;
/** Values visited while searching: shared containers are visited once per path to them. */
export const MAX_VISITS = 1_000_000;

/** Counts what the pickles of one file have used. Shared by nested files. */
export interface PickleBudget {
  opcodes: number;
  nestedFiles: number;
  /** Bytes that values and copies together may take: with the file itself, memory stays within four times the file. */
  readonly maxCopiedBytes: number;
  copiedBytes: number;
}

export function newBudget(fileBytes: number): PickleBudget {
  return { opcodes: 0, nestedFiles: 0, maxCopiedBytes: maxMemoryBesides(fileBytes), copiedBytes: 0 };
}

/** Bytes that reading a file may take besides itself. */
export function maxMemoryBesides(fileBytes: number): number {
  return 3 * fileBytes + (1 << 20);
}

/**
 * Counts a copy before it is made. What is memoised can be copied again and again by a few bytes of pickle.
 *
 * @throws LabError 'TOO_LARGE' when the copies of one file together would exceed its budget
 */
export function chargeCopy(what: string, bytes: number, budget: PickleBudget, fileName: string): void {
  budget.copiedBytes += bytes;
  if (budget.copiedBytes > budget.maxCopiedBytes) {
    throw refusal('TOO_LARGE', fileName, `${what} takes ${bytes} bytes, which makes ${budget.copiedBytes} besides the file; at most ${budget.maxCopiedBytes} are given`);
  }
}

/** Bytes that a place on the stack or in a list takes in V8, the room that arrays keep for growing and the copy they grow from included. */
export const SLOT_BYTES = 28;
/** The same of an entry of a dictionary or of the memo. */
export const ENTRY_BYTES = 88;

/** Bytes of a new value besides its place: in V8 with pointers of eight bytes, the most that browsers have. */
export function valueBytes(value: PickleValue): number {
  switch (typeof value) {
    case 'string':
      return 24 + 2 * value.length;
    case 'number':
      // Whole numbers of 31 bits need nothing beyond their place.
      return value === (value | 0) ? 0 : 16;
    case 'bigint':
      return 64;
    case 'boolean':
      return 0;
    case 'object':
      if (value === null) return 0;
      return OBJECT_BYTES[value.kind] + (value.kind === 'tensor' ? 32 * value.shape.length : 0);
  }
}

/** Of a tensor as a reader gives it, besides its name and what {@link chargeCopy} counts. */
export const NAMED_TENSOR_BYTES = 400;

const OBJECT_BYTES: { readonly [K in Exclude<PickleValue, null | boolean | number | bigint | string>['kind']]: number } = {
  list: 224,
  set: 224,
  tuple: 104,
  dict: 256,
  bytes: 200,
  'long-text': 200,
  global: 200,
  storage: 320,
  tensor: 320,
};

/**
 * Counts what values take besides the file's bytes: one byte of pickle can make a dictionary.
 *
 * @throws LabError 'BAD_PICKLE' when they and the copies together would exceed the file's budget
 */
export function chargeValue(bytes: number, budget: PickleBudget, fileName: string): void {
  budget.copiedBytes += bytes;
  if (budget.copiedBytes > budget.maxCopiedBytes) {
    throw refusal('BAD_PICKLE', fileName, `the values of its pickle take ${budget.copiedBytes} bytes besides the file; at most ${budget.maxCopiedBytes} are given`);
  }
}

/**
 * Counts work as opcodes: `count` for a call that takes as long as so many of them.
 *
 * @throws LabError 'BAD_PICKLE' beyond the limit
 */
export function chargeOpcodes(count: number, budget: PickleBudget, fileName: string): void {
  budget.opcodes += count;
  if (budget.opcodes > MAX_OPCODES) throw refusal('BAD_PICKLE', fileName, `a pickle of more than ${MAX_OPCODES} opcodes`);
}
