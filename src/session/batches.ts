/** From image sets to tensors, a batch at a time. */
import type { Random } from '../core/random.ts';
import { fitPixels } from '../data/fit.ts';
import type { ImageSet } from '../data/types.ts';
import type { ImageTensor } from '../engine/device.ts';
import { imagesToTensor, randomPlacement, type ImageBytes } from '../engine/images.ts';
import type { TrainingItem } from '../engine/methods/method.ts';
import type { ModelSpec } from '../engine/model/spec.ts';
import type { Segment } from '../engine/trainer.ts';

/** Images of an evaluation batch: large enough to keep a device busy, small enough for activations of 224-pixel images. */
export function evaluationBatch(model: ModelSpec): number {
  return model.input.size > 64 ? 16 : 64;
}

/** Images `indices` of a set as batches of at most `size`, in order, in evaluation form. Each tensor is the receiver's. */
export async function* imageBatches(
  model: ModelSpec,
  images: ImageSet,
  indices: ArrayLike<number>,
  size: number,
): AsyncGenerator<{ x: ImageTensor; labels: Int32Array }> {
  const [side] = images.shape;
  for (let start = 0; start < indices.length; start += size) {
    const chosen = Array.from({ length: Math.min(size, indices.length - start) }, (_, k) => indices[start + k]!);
    const bytes = new Uint8Array(chosen.length * bytesPerImage(model, side));
    await images.gather(chosen, bytes);
    yield { x: imagesToTensor(model, { bytes, count: chosen.length, side }), labels: Int32Array.from(chosen, (k) => images.labels[k]!) };
  }
}

/** The same as tensors alone. */
export async function* imageTensors(model: ModelSpec, images: ImageSet, indices: ArrayLike<number>, size: number): AsyncGenerator<ImageTensor> {
  for await (const { x } of imageBatches(model, images, indices, size)) yield x;
}

/** Bytes of a training batch with its images grouped by task. */
export interface GatheredBatch extends ImageBytes {
  readonly segments: readonly Segment[];
}

/** Gathers `items` grouped by task in order of first appearance; inside a task, in the given order. */
export async function gatherItems(
  model: ModelSpec,
  items: readonly TrainingItem[],
  trainSet: (task: number) => ImageSet,
): Promise<GatheredBatch> {
  const byTask = new Map<number, TrainingItem[]>();
  for (const item of items) byTask.set(item.task, [...(byTask.get(item.task) ?? []), item]);
  const side = commonSide([...byTask.keys()].map(trainSet)) ?? model.input.size;
  const pixels = bytesPerImage(model, side);
  const bytes = new Uint8Array(items.length * pixels);
  const segments: Segment[] = [];
  let offset = 0;
  for (const [task, group] of byTask) {
    const images = trainSet(task);
    const indices = group.map((item) => item.index);
    await gatherAt(side, images, indices, bytes.subarray(offset * pixels, (offset + indices.length) * pixels));
    segments.push({ task, labels: Int32Array.from(indices, (k) => images.labels[k]!) });
    offset += indices.length;
  }
  return { bytes, count: items.length, side, segments };
}

/** Null where the sets' images differ in size, as those of tasks from several datasets do. */
function commonSide(sets: readonly ImageSet[]): number | null {
  const sides = new Set(sets.map(({ shape: [side] }) => side));
  return sides.size === 1 ? [...sides][0]! : null;
}

/** Gathers images as squares of `side`. */
async function gatherAt(side: number, images: ImageSet, indices: readonly number[], out: Uint8Array): Promise<void> {
  const [own, , channels] = images.shape;
  if (own === side) return images.gather(indices, out);
  const from = own * own * channels;
  const bytes = new Uint8Array(indices.length * from);
  await images.gather(indices, bytes);
  for (let k = 0; k < indices.length; k++) {
    fitPixels(bytes.subarray(k * from, (k + 1) * from), own, own, channels, side, out, k * side * side * channels, channels);
  }
}

function bytesPerImage(model: ModelSpec, side: number): number {
  return side * side * model.input.channels;
}

/** The batch on the device; augmented where a stream of random numbers is given. The tensor is the caller's. */
export function batchTensor(model: ModelSpec, batch: GatheredBatch, augmentation: Random | null): ImageTensor {
  return imagesToTensor(model, batch, augmentation ? randomPlacement(model, batch.count, augmentation) : undefined);
}
