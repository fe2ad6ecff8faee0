/** What a restricted pickle can hold. Objects are compared by identity, as the pickle's own memo has it. */
import type { Dtype } from '../named-tensors.ts';

export type PickleValue =
  | null
  | boolean
  | number
  /** Whole numbers beyond 2^53. */
  | bigint
  /** Text up to 64 KiB. */
  | string
  | PyLongText
  | PyBytes
  | PyList
  | PyTuple
  | PySet
  | PyDict
  | PyGlobal
  | PyStorage
  | PyTensor;

/** Longer text, undecoded: protocol 2 writes a tensor's bytes as text. A view of the file. */
export interface PyLongText {
  readonly kind: 'long-text';
  readonly utf8: Uint8Array;
}

/** A view of the file, or the decoded text of protocol 2. */
export interface PyBytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
}

export interface PyList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

export interface PyTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

export interface PySet {
  readonly kind: 'set';
  readonly items: PickleValue[];
}

/** A dict or OrderedDict. A Map, so that "__proto__" is a key like any other; objects are keys by identity. */
export interface PyDict {
  readonly kind: 'dict';
  readonly entries: Map<PickleValue, PickleValue>;
}

/** An allowed global, not yet called: see `globals.ts`. */
export interface PyGlobal {
  readonly kind: 'global';
  readonly module: string;
  readonly name: string;
}

/** A tensor's memory; several tensors may share it. */
export interface StorageData {
  readonly key: string;
  readonly dtype: Dtype;
  /** Elements that the pickle announces. */
  readonly count: number;
  /** Set by the container once it has found and checked the bytes: at least `count` elements. */
  bytes: Uint8Array | null;
}

/** Part of a storage (legacy files have views), usually all of it. In elements. */
export interface PyStorage {
  readonly kind: 'storage';
  readonly data: StorageData;
  readonly offset: number;
  readonly count: number;
}

/** A tensor over a storage, checked to lie inside it. Offset and strides in elements. */
export interface PyTensor {
  readonly kind: 'tensor';
  readonly data: StorageData;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** What to call a value in a message. */
export function kindOf(value: PickleValue): string {
  if (value === null) return 'None';
  if (typeof value !== 'object') return typeof value === 'bigint' ? 'number' : typeof value;
  return value.kind === 'global' ? `${value.module}.${value.name}` : value.kind;
}
