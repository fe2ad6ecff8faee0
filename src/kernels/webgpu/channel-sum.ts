/**
 * Gradient of a bias, reduced over images as a sum, a sum of absolute values or of squares:
 *
 *   s[n, c] = Σ over positions of dy[n, ·, c],   out[c] = Σₙ s[n,c]   or   Σₙ |s[n,c]|   or   Σₙ s[n,c]²
 *
 * dy [N, C] or [N,H,W,C] → [C]. Two passes of one program, out[g, c] = Σ_r map(x[g, r, c]): positions of each image, then images; the
 * second alone for rank 2. A workgroup owns 16 channels of one g: 16 × 16 threads, lanes along channels so that reads coalesce, rows
 * dealt out to the other axis and added up as a tree in 1 KiB of workgroup memory.
 * Dispatch: groups × ⌈C/16⌉ workgroups. Bytes: dy once, the per-image sums (N·C floats) twice.
 * Reference: tf.sum, tf.abs, tf.square (`composed/dense.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { mapped, type PerElement } from './gemm-operand.ts';
import { foldedWorkgroups, makeOutput, record } from './program.ts';

export const webgpuChannelSum = kernel('LabChannelSum', ({ dy }, { perImage }, backend: WebGPUBackend) => {
  const images = dy.shape[0]!;
  const channels = dy.shape[dy.shape.length - 1]!;
  const positions = dy.shape.slice(1, -1).reduce((product, extent) => product * extent, 1);
  const sums = positions === 1 ? dy : makeOutput(backend, [images, channels]);
  if (sums !== dy) sumRows(backend, dy, sums, images, positions, channels, 'as it is');
  const result = makeOutput(backend, [channels]);
  sumRows(backend, sums, result, 1, images, channels, perImage === 'sum' ? 'as it is' : perImage);
  if (sums !== dy) backend.disposeData(sums.dataId);
  return result;
});

/** result[g, c] = Σ_r map(x[g, r, c]). */
function sumRows(
  backend: WebGPUBackend,
  x: TensorInfo,
  result: TensorInfo,
  groups: number,
  rows: number,
  channels: number,
  map: PerElement,
): void {
  const blocks = Math.ceil(channels / 16);
  record(backend, {
    key: `sumRows ${map}`,
    source: () => `
var<workgroup> partial: array<f32, 256>;
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = group.y * groups.x + group.x;
  let g = block / params.blocks;
  if (g >= params.groups) { return; }
  let channel = block % params.blocks * 16u + thread % 16u;
  var sum = 0.0;
  if (channel < params.channels) {
    for (var row = thread / 16u; row < params.rows; row += 16u) {
      let value = x[(g * params.rows + row) * params.channels + channel];
      sum += ${mapped('value', map)};
    }
  }
  partial[thread] = sum;
  for (var half = 128u; half >= 16u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  if (thread < 16u && channel < params.channels) { result[g * params.channels + channel] = partial[thread]; }
}`,
    storage: [
      { name: 'result', element: 'f32', access: 'read_write' },
      { name: 'x', element: 'f32', access: 'read' },
    ],
    operands: [result, x],
    uniforms: [
      { name: 'groups', type: 'u32', value: groups },
      { name: 'rows', type: 'u32', value: rows },
      { name: 'channels', type: 'u32', value: channels },
      { name: 'blocks', type: 'u32', value: blocks },
    ],
    workgroups: foldedWorkgroups(groups * blocks, 1),
  });
}
