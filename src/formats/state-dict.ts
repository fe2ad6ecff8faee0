/** From the tensors of a file to the weights of a known model: names, shapes, types and values checked before anything changes. */
import type { FileErrorCode } from '../core/errors.ts';
import { splitModel } from './full-model.ts';
import type { NamedTensor } from './named-tensors.ts';
import { formatShape, toFloat32 } from './named-tensors.ts';
import { quoted, refusal } from './refuse.ts';
import { byFolder } from './tensor-names.ts';
import type { WeightFile } from './weight-file.ts';

/** One parameter of the model that a file is to fill. */
export interface ExpectedTensor {
  /** torchvision's. */
  readonly name: string;
  /** PyTorch's order. */
  readonly shape: readonly number[];
}

/** Values by parameter name, C order, PyTorch's layout. May be views of the file's bytes. */
export type Weights = ReadonlyMap<string, Float32Array>;

/** Where checkpoints keep the model's state dict beside epochs and optimizer. */
const NESTED = ['model_state_dict', 'state_dict', 'model', 'net', 'network'];
/** What wrappers put before every name: DataParallel, and the seed's shared_model. */
const WRAPPERS = ['module.', 'tmodel.'];
const FLOATS: ReadonlySet<string> = new Set(['F32', 'F64', 'F16', 'BF16']);

/**
 * The model's own tensors in a file: its nested state dict where it has one, without wrappers' prefixes.
 *
 * @throws LabError 'NO_TENSORS' where the file has none, or several groups of which none is known as a model's
 */
export function stateDictOf(file: WeightFile, fileName: string): NamedTensor[] {
  const groups = byFolder(file.tensors);
  const known = [...NESTED, ''].find((path) => groups.has(path));
  const path = known ?? (groups.size === 1 ? [...groups.keys()][0] : undefined);
  const tensors = path === undefined ? undefined : groups.get(path);
  if (path === undefined || tensors === undefined) {
    const found = groups.size === 0 ? 'no tensors in it' : `no state dict in it, only ${[...groups.keys()].map(quoted).join(', ')}`;
    throw refusal('NO_TENSORS', fileName, found);
  }
  return unwrap(path === '' ? tensors : tensors.map((tensor) => ({ ...tensor, name: tensor.name.slice(path.length + 1) })));
}

function unwrap(tensors: readonly NamedTensor[]): NamedTensor[] {
  const wrapper = WRAPPERS.find((prefix) => tensors.every(({ name }) => name.startsWith(prefix)));
  if (wrapper === undefined) return [...tensors];
  return unwrap(tensors.map((tensor) => ({ ...tensor, name: tensor.name.slice(wrapper.length) })));
}

/**
 * All of a model's weights, strictly: no name too many or too few.
 *
 * @throws LabError 'NO_TENSORS'; 'MISSING_TENSOR', 'UNEXPECTED_TENSOR', 'SHAPE_MISMATCH', 'BAD_DTYPE' (the first that
 *   applies; the message lists every difference); 'NON_FINITE' naming the tensors
 */
export function loadStateDict(file: WeightFile, expected: readonly ExpectedTensor[], fileName: string): Weights {
  return fitTensors(stateDictOf(file, fileName), expected, fileName);
}

/**
 * The shared weights of a whole network or of a shared_model file. A head in the file (`classifier.6.*`) is handed back
 * under its own names, not checked: torchvision's ImageNet file has one of 1000 classes. Errors as {@link loadStateDict}.
 */
export function loadBackbone(
  file: WeightFile,
  expected: readonly ExpectedTensor[],
  fileName: string,
): { readonly weights: Weights; readonly head: readonly NamedTensor[] } {
  const { shared, head } = splitModel(stateDictOf(file, fileName));
  return { weights: fitTensors(shared, expected, fileName), head };
}

/**
 * A head from `head.pth` or from a whole network; how many classes it has, the file says.
 *
 * @param features inputs of the head; the weight must be [classes, features]
 */
export function loadHead(
  file: WeightFile,
  features: number,
  fileName: string,
): { readonly classes: number; readonly weight: Float32Array; readonly bias: Float32Array } {
  const { shared, head } = splitModel(stateDictOf(file, fileName));
  if (head.length === 0) throw refusal('MISSING_TENSOR', fileName, 'no head in it: neither fc.weight and fc.bias nor classifier.6.*');
  // Bias or weight: the other may be what is missing.
  const classes = (head.find(({ name }) => name === 'fc.bias') ?? head[0]!).shape[0] ?? 0;
  // A whole network's other weights are no mistake here; those of a head file would be.
  const extra = shared.some(({ name }) => name.startsWith('features.')) ? [] : shared;
  const expected = [
    { name: 'fc.weight', shape: [classes, features] },
    { name: 'fc.bias', shape: [classes] },
  ];
  const weights = fitTensors([...head, ...extra], expected, fileName);
  return { classes, weight: weights.get('fc.weight')!, bias: weights.get('fc.bias')! };
}

/** Tensors against expectations; see {@link loadStateDict}. */
export function fitTensors(tensors: readonly NamedTensor[], expected: readonly ExpectedTensor[], fileName: string): Weights {
  const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const differences: Difference[] = [];
  for (const { name, shape } of expected) {
    const tensor = found.get(name);
    if (tensor === undefined) differences.push({ code: 'MISSING_TENSOR', text: `${name} ${formatShape(shape)} is missing` });
    else if (!sameShape(tensor.shape, shape)) {
      differences.push({ code: 'SHAPE_MISMATCH', text: `${name} is ${formatShape(tensor.shape)}, expected ${formatShape(shape)}` });
    } else if (!FLOATS.has(tensor.dtype)) {
      differences.push({ code: 'BAD_DTYPE', text: `${name} is ${tensor.dtype}, expected a floating-point type` });
    }
  }
  const wanted = new Set(expected.map(({ name }) => name));
  for (const { name, shape } of found.values()) {
    if (!wanted.has(name)) differences.push({ code: 'UNEXPECTED_TENSOR', text: `${quoted(name)} ${formatShape(shape)} is not part of the model` });
  }
  refuseDifferences(differences, fileName);
  const weights = new Map(expected.map(({ name }) => [name, toFloat32(found.get(name)!)]));
  checkFinite(weights, fileName);
  return weights;
}

interface Difference {
  readonly code: FileErrorCode;
  readonly text: string;
}

const ORDER: readonly FileErrorCode[] = ['MISSING_TENSOR', 'UNEXPECTED_TENSOR', 'SHAPE_MISMATCH', 'BAD_DTYPE'];

/** More than any model of the lab has; a hostile file could have a million. */
const MAX_LISTED = 500;

/** One error for all differences, under the code of the gravest. */
function refuseDifferences(differences: readonly Difference[], fileName: string): void {
  if (differences.length === 0) return;
  const code = ORDER.find((candidate) => differences.some((difference) => difference.code === candidate));
  if (code === undefined) throw new Error('A difference with a code that has no place in the order.');
  const listed = differences.slice(0, MAX_LISTED).map(({ text }) => text);
  if (differences.length > MAX_LISTED) listed.push(`and ${differences.length - MAX_LISTED} more`);
  throw refusal(code, fileName, `does not fit the model: ${listed.join('; ')}`);
}

/** @throws LabError 'NON_FINITE' naming every tensor with a NaN or infinity, how many, and where the first is */
function checkFinite(weights: Weights, fileName: string): void {
  const bad: string[] = [];
  for (const [name, values] of weights) {
    const first = values.findIndex((value) => !Number.isFinite(value));
    if (first < 0) continue;
    const count = values.reduce((sum, value) => (Number.isFinite(value) ? sum : sum + 1), 0);
    bad.push(`${name} (${count} of ${values.length}, the first at ${first})`);
  }
  if (bad.length > 0) throw refusal('NON_FINITE', fileName, `values that are not finite in ${bad.join(', ')}`);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
