/** Flags whose values are lists apart by commas. */
import { METHOD_IDS, type MethodId } from '../core/config.ts';
import { LabError } from '../core/errors.ts';

/** @throws LabError 'config-unknown' */
export function methodsOf(list: string): readonly MethodId[] {
  return list.split(',').map((name) => methodOf(name.trim()));
}

/** @returns ascending @throws LabError 'config-range' for what is no λ */
export function lambdasOf(list: string): readonly number[] {
  return list.split(',').map((text) => lambdaOf(text.trim())).toSorted((a, b) => a - b);
}

function methodOf(name: string): MethodId {
  const found = METHOD_IDS.find((id) => id === name);
  if (!found) throw new LabError('config-unknown', `--methods names “${name}”, which is not one of: ${METHOD_IDS.join(', ')}.`, `Give some of: ${METHOD_IDS.join(', ')}.`);
  return found;
}

function lambdaOf(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0) throw new LabError('config-range', `--grid has “${text}”, which is no λ: it must be a number, at least 0.`, 'Give numbers separated by commas.');
  return value;
}
