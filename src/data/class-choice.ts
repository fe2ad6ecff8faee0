/** Which classes are read of a Parquet dataset, whose row groups let the others stay where they are. */
import { LabError } from '../core/errors.ts';

export type ClassChoice = { readonly kind: 'first'; readonly count: number } | { readonly kind: 'named'; readonly ids: readonly string[] };

const IN_ADDRESS = /#classes=([^\s,]*)/;

/**
 * A number, which is how many of the first classes, or names apart by spaces or commas; nothing stands for all (null).
 * @throws LabError 'config-range' for none at all
 */
export function parseClassChoice(text: string): ClassChoice | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (words.length === 0) return null;
  if (words.length > 1 || !/^\d+$/.test(words[0]!)) return { kind: 'named', ids: [...new Set(words)].sort() };
  const count = Number(words[0]);
  if (count === 0) throw new LabError('config-range', 'No classes were asked for.', 'Give a number of classes from 1, or their names.');
  return { kind: 'first', count };
}

/** An address, or several, that says which classes are wanted, so that an import that was interrupted goes on with the same. */
export function addClasses(address: string, classes: string): string {
  const words = classes.split(/[\s,]+/).filter((word) => word !== '');
  return words.length === 0 ? address : `${address}#classes=${words.map(encodeURIComponent).join('+')}`;
}

/** Takes apart what {@link addClasses} made. @throws LabError as {@link parseClassChoice} */
export function takeClasses(text: string): { readonly address: string; readonly classes: ClassChoice | null } {
  const found = IN_ADDRESS.exec(text)?.[1];
  return { address: text.replace(IN_ADDRESS, ''), classes: found === undefined ? null : parseClassChoice(found.split('+').map(decodeURIComponent).join(' ')) };
}

/** For what is no Parquet file. @throws LabError 'config-conflict' */
export function requireAllClasses(classes: ClassChoice | null | undefined): void {
  if (classes) throw new LabError('config-conflict', 'Only Parquet files can be read class by class.', 'Import all classes: which of them a task has is chosen afterwards.');
}
