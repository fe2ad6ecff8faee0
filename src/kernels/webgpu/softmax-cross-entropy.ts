/**
 * Softmax cross-entropy of each image, and its gradient, in one pass with two results:
 *
 *   z = logits − max,  loss[n] = log Σₖ exp(z[n,k]) − z[n, label],  dlogits[n,k] = scale · (exp(z[n,k]) / Σ exp(z) − [k = label])
 *
 * logits [N,K], labels int32 [N] → loss [N], dlogits [N,K]. A workgroup of 64 threads an image; maximum and sum as trees in workgroup memory.
 * Bytes: logits three times (once from memory, then from cache), dlogits once. The maximum is subtracted, so exp stays within (0, 1].
 * Reference: tf.max, tf.exp, tf.log, tf.oneHot (`composed/softmax-cross-entropy.ts`).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { foldedWorkgroups, makeOutput, record } from './program.ts';

export const webgpuSoftmaxCrossEntropy = kernel('LabSoftmaxCrossEntropy', ({ logits, labels }, { scale }, backend: WebGPUBackend) => {
  const [images, classes] = logits.shape as [number, number];
  const loss = makeOutput(backend, [images]);
  const dlogits = makeOutput(backend, [images, classes]);
  record(backend, {
    key: 'softmaxCrossEntropy',
    source: () => `
var<workgroup> shared_values: array<f32, 64>;
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.y * groups.x + group.x;
  if (image >= params.images) { return; }
  let row = image * params.classes;

  var largest = logits[row];
  for (var k = thread; k < params.classes; k += 64u) { largest = max(largest, logits[row + k]); }
  shared_values[thread] = largest;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { shared_values[thread] = max(shared_values[thread], shared_values[thread + half]); }
  }
  workgroupBarrier();
  largest = shared_values[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var k = thread; k < params.classes; k += 64u) { sum += exp(logits[row + k] - largest); }
  shared_values[thread] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { shared_values[thread] += shared_values[thread + half]; }
  }
  workgroupBarrier();
  sum = shared_values[0];

  let label = labels[image];
  for (var k = thread; k < params.classes; k += 64u) {
    let z = logits[row + k] - largest;
    let chosen = i32(k) == label;
    if (chosen) { loss[image] = log(sum) - z; }
    dlogits[row + k] = params.scale * (exp(z) / sum - select(0.0, 1.0, chosen));
  }
}`,
    storage: [
      { name: 'loss', element: 'f32', access: 'read_write' },
      { name: 'dlogits', element: 'f32', access: 'read_write' },
      { name: 'logits', element: 'f32', access: 'read' },
      { name: 'labels', element: 'i32', access: 'read' },
    ],
    operands: [loss, dlogits, logits, labels],
    uniforms: [
      { name: 'images', type: 'u32', value: images },
      { name: 'classes', type: 'u32', value: classes },
      { name: 'scale', type: 'f32', value: scale },
    ],
    workgroups: foldedWorkgroups(images, 1),
  });
  return [loss, dlogits];
});
