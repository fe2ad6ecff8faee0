/** `torch._utils._rebuild_tensor_v2`: a view of a storage, checked before anything is read there. */
import { formatShape } from '../named-tensors.ts';
import { refusal } from '../refuse.ts';
import type { PickleHost } from './interpret.ts';
import { MAX_RANK } from './limits.ts';
import type { PickleValue, PyTensor } from './values.ts';

/**
 * Arguments (storage, offset, shape, strides, requires_grad, hooks[, metadata]); the last ones are of no use here.
 *
 * @throws LabError 'BAD_PICKLE', 'BAD_STRIDE', 'OUT_OF_BOUNDS'
 */
export function rebuildTensor(args: readonly PickleValue[], host: PickleHost): PyTensor {
  const { fileName } = host;
  const [storage, offset, shapeValue, stridesValue] = args;
  if ((args.length !== 6 && args.length !== 7) || typeof storage !== 'object' || storage === null || storage.kind !== 'storage') {
    throw refusal('BAD_PICKLE', fileName, 'torch._utils._rebuild_tensor_v2 is given something else than a storage and a shape');
  }
  const shape = wholeNumbers(shapeValue);
  const strides = wholeNumbers(stridesValue);
  if (shape === null || strides === null || typeof offset !== 'number' || !Number.isSafeInteger(offset)) {
    throw refusal('BAD_PICKLE', fileName, 'a tensor has an offset, shape or strides that are not whole numbers');
  }
  const place = `shape ${formatShape(shape)}, strides ${formatShape(strides)}, offset ${offset}`;
  if (shape.length !== strides.length) {
    throw refusal('BAD_STRIDE', fileName, `a tensor has ${shape.length} dimensions and ${strides.length} strides (${place})`);
  }
  if (shape.length > MAX_RANK) throw refusal('BAD_STRIDE', fileName, `a tensor has ${shape.length} dimensions, at most ${MAX_RANK} are possible`);
  if (shape.some((size) => size < 0) || strides.some((stride) => stride < 0)) {
    throw refusal('BAD_STRIDE', fileName, `a tensor has a negative size or stride (${place})`);
  }
  // One past the last element reached. Beyond 2^53 the sum is not exact, but stays far beyond any storage.
  const end = shape.includes(0) ? offset : shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset + 1);
  if (offset < 0 || end > storage.count) {
    throw refusal('OUT_OF_BOUNDS', fileName, `a tensor reaches element ${end} of a storage of ${storage.count} (${place})`);
  }
  return { kind: 'tensor', data: storage.data, offset: storage.offset + offset, shape, strides };
}

function wholeNumbers(value: PickleValue | undefined): number[] | null {
  if (typeof value !== 'object' || value === null || value.kind !== 'tuple') return null;
  const numbers: number[] = [];
  for (const item of value.items) {
    if (typeof item !== 'number' || !Number.isSafeInteger(item)) return null;
    numbers.push(item);
  }
  return numbers;
}
