/** The readers in a real browser, for `browser.test.ts`: each file fetched, read and described as plain data. */
import { LabError } from '../../../src/core/errors.ts';
import { bytesOf, toFloat32 } from '../../../src/formats/named-tensors.ts';
import { loadRegParams } from '../../../src/formats/reg-params-read.ts';
import { loadStateDict, type ExpectedTensor, type Weights } from '../../../src/formats/state-dict.ts';
import { readWeightFile } from '../../../src/formats/weight-file.ts';

export interface Refused {
  readonly refused: string;
  readonly message: string;
}

export interface ReadTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the values as little-endian float32. */
  readonly sha256: string;
  readonly first: readonly number[];
}

export interface Read {
  readonly container: string;
  readonly tensors: readonly (readonly [name: string, tensor: ReadTensor])[];
}

export interface Loaded {
  /** SHA-256 by name; importances as `<name>/omega` and `<name>/init_val`. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly namesInferred: boolean;
}

const formats = {
  /** What the file holds. */
  read: (url: string): Promise<Read | Refused> =>
    refusing(async (bytes, name) => {
      const { container, tensors } = readWeightFile(bytes, name);
      const described = tensors.map(async (tensor) => [
        tensor.name,
        { dtype: tensor.dtype, shape: tensor.shape, sha256: await sha256(toFloat32(tensor)), first: Array.from(tensor.data.slice(0, 4), Number) },
      ] as const);
      return { container, tensors: await Promise.all(described) };
    }, url),

  /** The file in a model that wants `expected`. */
  load: (url: string, expected: readonly ExpectedTensor[], isRegParams: boolean): Promise<Loaded | Refused> =>
    refusing(async (bytes, name) => {
      const file = readWeightFile(bytes, name);
      if (!isRegParams) return { sha256: Object.fromEntries(await hashes(loadStateDict(file, expected, name), '')), namesInferred: false };
      const { omega, anchor, namesInferred } = loadRegParams(file, expected, name);
      return { sha256: Object.fromEntries([...(await hashes(omega, '/omega')), ...(await hashes(anchor, '/init_val'))]), namesInferred };
    }, url),

  /** Whether something that was read left a trace on what every object inherits. */
  isPolluted: (): boolean => 'polluted' in {} || Object.keys(Object.prototype).length > 0,
};

declare global {
  interface Window {
    formats: typeof formats;
  }
}
window.formats = formats;

async function refusing<T>(work: (bytes: Uint8Array, name: string) => Promise<T>, url: string): Promise<T | Refused> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  try {
    return await work(bytes, url.slice(url.lastIndexOf('/') + 1));
  } catch (error) {
    if (error instanceof LabError) return { refused: error.code, message: error.message };
    throw error;
  }
}

async function hashes(weights: Weights, suffix: string): Promise<[string, string][]> {
  return Promise.all([...weights].map(async ([name, values]): Promise<[string, string]> => [name + suffix, await sha256(values)]));
}

async function sha256(values: Float32Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(values)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
