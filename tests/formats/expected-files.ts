/** What `../shared/reference/formats/expect.json` says of its files. */
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import type { ExpectedTensor } from '../../src/formats/state-dict.ts';
import { readSharedJson } from '../helpers/shared.ts';

export interface ExpectedFile {
  readonly container: string;
  readonly parse: 'accept' | 'reject' | 'accept-or-reject';
  readonly load: 'accept' | 'reject' | 'n/a' | 'accept-by-position';
  readonly error?: string;
  readonly forbidden?: string;
  readonly model?: string;
  readonly bytes: number;
  readonly tensors?: Readonly<Record<string, { dtype: string; shape: number[]; sha256_f32?: string; first: (number | boolean)[] }>>;
}

const expectations = readSharedJson<{
  files: Record<string, ExpectedFile>;
  models: Record<string, { shapes: Record<string, number[]> }>;
  allowed_globals: string[];
}>('reference/formats/expect.json');
export const { files, models } = expectations;
/** The complete allow-list, each as "module.name"; what the list says of them besides is left out. */
export const ALLOWED = expectations.allowed_globals.map((entry) => entry.split(' ')[0]!);
export const FILES = Object.entries(files);

/** PyTorch's word for a dtype. */
export const TORCH_NAME: { readonly [D in NamedTensor['dtype']]: string } = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

/** The parameters that the named model of expect.json wants. */
export function expectedTensors(model: string): ExpectedTensor[] {
  if (model === 'head of NANO') {
    return [
      { name: 'fc.weight', shape: [5, 6] },
      { name: 'fc.bias', shape: [5] },
    ];
  }
  const [base, withoutHead] = model.split(' without ');
  const shapes = Object.entries(models[base!]!.shapes).map(([name, shape]) => ({ name, shape }));
  return withoutHead === undefined ? shapes : shapes.filter(({ name }) => !name.startsWith('classifier.6.'));
}

/** SHA-256 of what a file puts into its model, by the model's names. */
export function wantedHashes(expected: ExpectedFile): Record<string, string> {
  const wanted: Record<string, string> = {};
  const names = Object.keys(models.NANO!.shapes);
  for (const [key, { sha256_f32 }] of Object.entries(expected.tensors!)) {
    if (key.endsWith('/key')) continue;
    const short = key.replace(/^(tmodel\.|model_state_dict\/)/, '').replace(/^(\d+)\//, (_, position: string) => `${names[Number(position)]}/`);
    wanted[short] = sha256_f32!;
  }
  return wanted;
}
