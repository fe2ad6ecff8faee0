/**
 * Σ Ω (θ − θ*)², a scalar.
 *
 * Any shape. Two passes: up to 256 workgroups stride over the elements (four at a time where their number allows), add up as a tree in
 * workgroup memory and leave one number each; one workgroup adds these. No atomics, so the sum has one order for a given size.
 * Bytes: 12 an element.
 * Reference: tf.sum(tf.mul(omega, tf.square(tf.sub(theta, anchor)))).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { sizeOf, vectorWidth } from './flat.ts';
import { makeOutput, record } from './program.ts';

const MOST_WORKGROUPS = 256;

export const webgpuAnchorPenalty = kernel('LabAnchorPenalty', ({ theta, anchor, omega }, _attrs, backend: WebGPUBackend) => {
  const { width, element } = vectorWidth(sizeOf(theta));
  const count = sizeOf(theta) / width;
  const workgroups = Math.min(MOST_WORKGROUPS, Math.max(1, Math.ceil(count / 256)));
  const result = makeOutput(backend, []);
  const partial = workgroups === 1 ? result : makeOutput(backend, [workgroups]);
  record(backend, {
    key: `anchorPenalty ${element}`,
    source: () =>
      treeSum(`let drift = theta[i] - anchor[i];
    sum += ${width === 4 ? 'dot(omega[i], drift * drift)' : 'omega[i] * drift * drift'};`),
    storage: [
      { name: 'result', element: 'f32', access: 'read_write' },
      { name: 'theta', element, access: 'read' },
      { name: 'anchor', element, access: 'read' },
      { name: 'omega', element, access: 'read' },
    ],
    operands: [partial, theta, anchor, omega],
    uniforms: [{ name: 'count', type: 'u32', value: count }],
    workgroups: [workgroups, 1, 1],
  });
  if (partial !== result) {
    record(backend, {
      key: 'anchorPenalty total',
      source: () => treeSum('sum += partial[i];'),
      storage: [
        { name: 'result', element: 'f32', access: 'read_write' },
        { name: 'partial', element: 'f32', access: 'read' },
      ],
      operands: [result, partial],
      uniforms: [{ name: 'count', type: 'u32', value: workgroups }],
      workgroups: [1, 1, 1],
    });
    backend.disposeData(partial.dataId);
  }
  return result;
});

/** result[workgroup] = the sum of what `add` adds to `sum` for this workgroup's share of i < params.count. */
function treeSum(add: string): string {
  return `
var<workgroup> sums: array<f32, 256>;
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  var sum = 0.0;
  for (var i = group.x * 256u + thread; i < params.count; i += groups.x * 256u) {
    ${add}
  }
  sums[thread] = sum;
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { sums[thread] += sums[thread + half]; }
  }
  if (thread == 0u) { result[group.x] = sums[0]; }
}`;
}
