/**
 * Σ Ω (θ − θ*)², a scalar.
 *
 * Any shape. Two passes: up to 256 workgroups stride over the elements (four at a time where their number allows), add up over their
 * threads, by subgroups where the device has them (`across-workgroup.ts`), and leave one number each; one workgroup adds these. No
 * atomics, so the sum has one order for a given size.
 * Bytes: 12 an element.
 * Reference: tf.sum(tf.mul(omega, tf.square(tf.sub(theta, anchor)))).
 */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { LabKernelName } from '../ops.ts';
import { kernel } from '../signatures.ts';
import { acrossWorkgroup, extensionsOf, type Across } from './across-workgroup.ts';
import { sizeOf, vectorWidth } from './flat.ts';
import { makeOutput, record } from './program.ts';

const MOST_WORKGROUPS = 256;

export const webgpuAnchorPenalty = anchorPenalty('tree');
export const subgroupAnchorPenalty = anchorPenalty('subgroups');

function anchorPenalty(across: Across): [LabKernelName, KernelFunc] {
  return kernel('LabAnchorPenalty', ({ theta, anchor, omega }, _attrs, backend: WebGPUBackend) => {
    const { width, element } = vectorWidth(sizeOf(theta));
    const count = sizeOf(theta) / width;
    const workgroups = Math.min(MOST_WORKGROUPS, Math.max(1, Math.ceil(count / 256)));
    const result = makeOutput(backend, []);
    const partial = workgroups === 1 ? result : makeOutput(backend, [workgroups]);
    record(backend, {
      key: `anchorPenalty ${across} ${element}`,
      extensions: extensionsOf(across),
      source: () =>
        sumSource(across, `let drift = theta[i] - anchor[i];
    let term = ${width === 4 ? 'dot(omega[i], drift * drift)' : 'omega[i] * drift * drift'};`),
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
        key: `anchorPenalty ${across} total`,
        extensions: extensionsOf(across),
        source: () => sumSource(across, 'let term = partial[i];'),
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
}

/**
 * result[workgroup] = the sum of the `term` that `termOf` makes of each i < params.count in this workgroup's share. Threads stay together:
 * those past the end look at the last element and add 0.
 */
function sumSource(across: Across, termOf: string): string {
  return `
${acrossWorkgroup(across, 256, ['sum'])}
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  var sum = 0.0;
  for (var first = group.x * 256u; first < params.count; first += groups.x * 256u) {
    let i = min(first + thread, params.count - 1u);
    ${termOf}
    sum += select(0.0, term, first + thread < params.count);
  }
  sum = sumAcross(thread, sum);
  if (thread == 0u) { result[group.x] = sum; }
}`;
}
