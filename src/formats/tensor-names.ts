/** From a pickle's nested values to one list of named tensors. */
import type { NamedTensor } from './named-tensors.ts';
import type { PickleBudget } from './pickle/limits.ts';
import { chargeValue, MAX_DEPTH, MAX_NAME_LENGTH, MAX_VISITS, NAMED_TENSOR_BYTES } from './pickle/limits.ts';
import type { PickleValue } from './pickle/values.ts';
import { refusal } from './refuse.ts';
import { readTensor } from './torch-storages.ts';

/**
 * Every tensor under `root`, named by the keys that lead to it, joined by "/". A key that is itself a tensor has no name:
 * its position in the dictionary stands for it, and the key is found as `<position>/key`.
 *
 * @throws LabError 'BAD_PICKLE' for values nested too deep or in a circle; 'TOO_LARGE'
 */
export function namedTensors(root: PickleValue, budget: PickleBudget, fileName: string): NamedTensor[] {
  const tensors: NamedTensor[] = [];
  let visits = 0;
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (++visits > MAX_VISITS) throw refusal('TOO_LARGE', fileName, `more than ${MAX_VISITS} values`);
    if (typeof value !== 'object' || value === null) return;
    if (depth > MAX_DEPTH) throw refusal('BAD_PICKLE', fileName, `values nested more than ${MAX_DEPTH} deep`);
    const inside = (key: string | number): string => (path === '' ? String(key) : `${path}/${key}`);
    switch (value.kind) {
      case 'tensor':
        // Joined names can be far longer together than the file that holds their parts once.
        if (path.length > MAX_NAME_LENGTH) throw refusal('TOO_LARGE', fileName, `a tensor's name of ${path.length} characters, at most ${MAX_NAME_LENGTH}`);
        // The same tensor may stand in many places, each of two bytes.
        chargeValue(NAMED_TENSOR_BYTES + 2 * path.length, budget, fileName);
        tensors.push(readTensor(path, value, budget, fileName));
        return;
      case 'list':
      case 'tuple':
      case 'set':
        value.items.forEach((item, i) => visit(item, inside(i), depth + 1));
        return;
      case 'dict': {
        let position = 0;
        for (const [key, item] of value.entries) {
          const name = typeof key === 'string' || typeof key === 'number' ? key : position;
          if (typeof key === 'object') visit(key, `${inside(name)}/key`, depth + 1);
          visit(item, inside(name), depth + 1);
          position++;
        }
        return;
      }
      default:
        return;
    }
  };
  visit(root, '', 0);
  return tensors;
}

/** Tensors by the folder of their names, in order of appearance: "a/b/c" is under "a/b", "c" under "". */
export function byFolder(tensors: readonly NamedTensor[]): Map<string, NamedTensor[]> {
  const folders = new Map<string, NamedTensor[]>();
  for (const tensor of tensors) {
    const folder = tensor.name.slice(0, Math.max(0, tensor.name.lastIndexOf('/')));
    const members = folders.get(folder);
    if (members === undefined) folders.set(folder, [tensor]);
    else members.push(tensor);
  }
  return folders;
}
