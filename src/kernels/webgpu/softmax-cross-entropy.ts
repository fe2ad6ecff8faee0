/**
 * Softmax cross-entropy of each image, and its gradient, in one pass with two results:
 *
 *   z = logits − max,  loss[n] = scale · (log Σₖ exp(z[n,k]) − z[n, label]),  dlogits[n,k] = scale · (exp(z[n,k]) / Σ exp(z) − [k = label])
 *
 * logits [N,K], labels int32 [N] → loss [N], dlogits [N,K]. A workgroup of 64 threads an image; maximum and sum over its threads, by subgroups
 * where the device has them (`across-workgroup.ts`). Threads stay together: those past the last class look at it again and add 0.
 * Bytes: logits three times (once from memory, then from cache), dlogits once. The maximum is subtracted, so exp stays within (0, 1].
 * Reference: tf.max, tf.exp, tf.log, tf.oneHot (`composed/softmax-cross-entropy.ts`).
 */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { LabKernelName } from '../ops.ts';
import { kernel } from '../signatures.ts';
import { acrossWorkgroup, extensionsOf, type Across } from './across-workgroup.ts';
import { foldedWorkgroups, makeOutput, record } from './program.ts';

export const webgpuSoftmaxCrossEntropy = softmaxCrossEntropy('tree');
export const subgroupSoftmaxCrossEntropy = softmaxCrossEntropy('subgroups');

function softmaxCrossEntropy(across: Across): [LabKernelName, KernelFunc] {
  return kernel('LabSoftmaxCrossEntropy', ({ logits, labels }, { scale }, backend: WebGPUBackend) => {
    const [images, classes] = logits.shape as [number, number];
    const loss = makeOutput(backend, [images]);
    const dlogits = makeOutput(backend, [images, classes]);
    record(backend, {
      key: `softmaxCrossEntropy ${across}`,
      extensions: extensionsOf(across),
      source: () => `
${acrossWorkgroup(across, 64, ['sum', 'largest'])}
@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let image = group.y * groups.x + group.x;
  if (image >= params.images) { return; }
  let row = image * params.classes;
  let last = params.classes - 1u;

  var largest = logits[row];
  for (var first = 0u; first < params.classes; first += 64u) { largest = max(largest, logits[row + min(first + thread, last)]); }
  largest = largestAcross(thread, largest);

  var sum = 0.0;
  for (var first = 0u; first < params.classes; first += 64u) {
    let value = exp(logits[row + min(first + thread, last)] - largest);
    sum += select(0.0, value, first + thread <= last);
  }
  sum = sumAcross(thread, sum);

  let label = labels[image];
  for (var k = thread; k < params.classes; k += 64u) {
    let z = logits[row + k] - largest;
    let chosen = i32(k) == label;
    if (chosen) { loss[image] = params.scale * (log(sum) - z); }
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
}
