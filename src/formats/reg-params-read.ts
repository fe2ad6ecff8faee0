/** Importances that come in: `reg_params.pickle` as the seed or the lab wrote it, or the same as safetensors. */
import { isHeadName } from './full-model.ts';
import type { NamedTensor } from './named-tensors.ts';
import { formatShape } from './named-tensors.ts';
import { quoted, refusal } from './refuse.ts';
import type { ExpectedTensor, Weights } from './state-dict.ts';
import { fitTensors } from './state-dict.ts';
import { byFolder } from './tensor-names.ts';
import type { WeightFile } from './weight-file.ts';

export interface LoadedRegParams {
  /** Ω ≥ 0 and θ* by parameter name. */
  readonly omega: Weights;
  readonly anchor: Weights;
  /** The seed keys its store by Parameter objects, which have no names: parameters were matched by order, all shapes agreeing. */
  readonly namesInferred: boolean;
  /** The seed saves before it consolidates: the file had "prev_omega" beside "omega", and Ω is their sum. */
  readonly previousAdded: boolean;
  /** What the file has for a head, which is never penalised, and was left out: as "classifier.6.weight [5, 6]". */
  readonly leftOut: readonly string[];
}

type Part = 'omega' | 'init_val' | 'prev_omega';

interface Group {
  /** Parameter name, or its position where the key is an object. */
  readonly name: string;
  readonly parts: ReadonlyMap<string, NamedTensor>;
}

/**
 * @param expected the parameters that importances are kept for, in the model's order
 * @throws LabError 'NO_TENSORS'; 'MISSING_TENSOR', 'UNEXPECTED_TENSOR', 'SHAPE_MISMATCH', 'BAD_DTYPE' listing every
 *   difference; 'NON_FINITE'; 'NEGATIVE_OMEGA'
 */
export function loadRegParams(file: WeightFile, expected: readonly ExpectedTensor[], fileName: string): LoadedRegParams {
  if (!holdsRegParams(file)) {
    throw refusal('NO_TENSORS', fileName, 'no importances in it: an entry per parameter with "omega" and "init_val" is expected');
  }
  const groups = groupsOf(file.tensors);
  const namesInferred = groups.some(({ parts }) => parts.has('key'));
  const { kept, leftOut } = namesInferred ? matchByOrder(groups, expected, fileName) : dropHeadByName(groups);
  const previousAdded = kept.some(({ parts }) => parts.has('prev_omega'));
  const parts: readonly Part[] = previousAdded ? ['omega', 'init_val', 'prev_omega'] : ['omega', 'init_val'];
  // One comparison for all parts, so that one message lists every difference.
  const values = fitTensors(
    kept.flatMap((group) => parts.flatMap((part) => partOf(group, part))),
    expected.flatMap(({ name, shape }) => parts.map((part) => ({ name: `${name}/${part}`, shape }))),
    fileName,
  );
  const take = (part: Part): Map<string, Float32Array> => new Map(expected.map(({ name }) => [name, values.get(`${name}/${part}`)!]));
  const omega = take('omega');
  checkNotNegative(omega, fileName);
  const total = previousAdded ? sum(omega, take('prev_omega')) : omega;
  return { omega: total, anchor: take('init_val'), namesInferred, previousAdded, leftOut };
}

/** Whether a file is one of importances rather than of a model: by what its entries are called. */
export function holdsRegParams(file: WeightFile): boolean {
  return file.tensors.some(({ name }) => name.endsWith('/omega'));
}

function groupsOf(tensors: readonly NamedTensor[]): Group[] {
  return [...byFolder(tensors)].map(([name, members]) => ({
    name: name.replace(/^(module\.|tmodel\.)+/, ''),
    parts: new Map(members.map((tensor) => [tensor.name.slice(tensor.name.lastIndexOf('/') + 1), tensor])),
  }));
}

/** A part as the tensor that expectations name, or nothing. */
function partOf({ name, parts }: Group, part: Part): NamedTensor[] {
  const tensor = parts.get(part);
  return tensor === undefined ? [] : [{ ...tensor, name: `${name}/${part}` }];
}

function dropHeadByName(groups: readonly Group[]): { kept: readonly Group[]; leftOut: string[] } {
  return { kept: groups.filter(({ name }) => !isHeadName(name)), leftOut: groups.filter(({ name }) => isHeadName(name)).map(describe) };
}

/**
 * Groups renamed to the expected parameters one by one. The seed counts its head in, last: two more entries, [classes,
 * features] and [classes], are left out.
 */
function matchByOrder(groups: readonly Group[], expected: readonly ExpectedTensor[], fileName: string): { kept: readonly Group[]; leftOut: string[] } {
  const extra = groups.slice(expected.length);
  if (groups.length < expected.length || (extra.length > 0 && !isHeadPair(extra))) {
    throw refusal(
      groups.length < expected.length ? 'MISSING_TENSOR' : 'UNEXPECTED_TENSOR',
      fileName,
      `${groups.length} entries without names, the model has ${expected.length} parameters: ${groups.map(describe).join(', ')}`,
    );
  }
  const kept = expected.map(({ name }, i) => ({ name, parts: groups[i]!.parts }));
  return { kept, leftOut: extra.map(describe) };
}

function isHeadPair(groups: readonly Group[]): boolean {
  const [weight, bias] = groups.map(({ parts }) => parts.get('omega')?.shape ?? []);
  return groups.length === 2 && weight?.length === 2 && bias?.length === 1 && weight[0] === bias[0];
}

function describe({ name, parts }: Group): string {
  const tensor = parts.get('omega') ?? [...parts.values()][0]!;
  return `${quoted(name)} ${formatShape(tensor.shape)}`;
}

function sum(a: Weights, b: Weights): Weights {
  return new Map([...a].map(([name, values]) => [name, values.map((value, i) => value + b.get(name)![i]!)]));
}

function checkNotNegative(omega: Weights, fileName: string): void {
  const bad: string[] = [];
  for (const [name, values] of omega) {
    const first = values.findIndex((value) => value < 0);
    if (first >= 0) bad.push(`${name} (${values[first]} at ${first})`);
  }
  if (bad.length > 0) throw refusal('NEGATIVE_OMEGA', fileName, `importances below zero in ${bad.join(', ')}`);
}
