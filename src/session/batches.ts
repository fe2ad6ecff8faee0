/** From image sets to tensors, a batch at a time. */
import type { Random } from '../core/random.ts';
import type { ImageSet } from '../data/types.ts';
import type { ImageTensor } from '../engine/device.ts';
import { imagesToTensor, randomPlacement } from '../engine/images.ts';
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
  const pixels = images.shape[0] * images.shape[1] * images.shape[2];
  for (let start = 0; start < indices.length; start += size) {
    const chosen = Array.from({ length: Math.min(size, indices.length - start) }, (_, k) => indices[start + k]!);
    const bytes = new Uint8Array(chosen.length * pixels);
    await images.gather(chosen, bytes);
    yield { x: imagesToTensor(model, bytes, chosen.length), labels: Int32Array.from(chosen, (k) => images.labels[k]!) };
  }
}

/** The same as tensors alone. */
export async function* imageTensors(model: ModelSpec, images: ImageSet, indices: ArrayLike<number>, size: number): AsyncGenerator<ImageTensor> {
  for await (const { x } of imageBatches(model, images, indices, size)) yield x;
}

/** Bytes of a training batch with its images grouped by task. */
export interface GatheredBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly segments: readonly Segment[];
}

/** Gathers `items` grouped by task in order of first appearance; inside a task, in the given order. */
export async function gatherItems(
  model: ModelSpec,
  items: readonly TrainingItem[],
  trainSet: (task: number) => ImageSet,
): Promise<GatheredBatch> {
  const pixels = model.input.size * model.input.size * model.input.channels;
  const bytes = new Uint8Array(items.length * pixels);
  const byTask = new Map<number, TrainingItem[]>();
  for (const item of items) byTask.set(item.task, [...(byTask.get(item.task) ?? []), item]);
  const segments: Segment[] = [];
  let offset = 0;
  for (const [task, group] of byTask) {
    const images = trainSet(task);
    const indices = group.map((item) => item.index);
    await images.gather(indices, bytes.subarray(offset * pixels, (offset + indices.length) * pixels));
    segments.push({ task, labels: Int32Array.from(indices, (k) => images.labels[k]!) });
    offset += indices.length;
  }
  return { bytes, count: items.length, segments };
}

/** The batch on the device; augmented where a stream of random numbers is given. The tensor is the caller's. */
export function batchTensor(model: ModelSpec, batch: GatheredBatch, augmentation: Random | null): ImageTensor {
  return imagesToTensor(model, batch.bytes, batch.count, augmentation ? randomPlacement(model, batch.count, augmentation) : undefined);
}
