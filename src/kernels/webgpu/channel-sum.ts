/**
 * Gradient of a bias, reduced over images as a sum, a sum of absolute values or of squares:
 *
 *   s[n, c] = Σ over positions of dy[n, ·, c],   out[c] = Σₙ s[n,c]   or   Σₙ |s[n,c]|   or   Σₙ s[n,c]²
 *
 * dy [N, C] or [N,H,W,C] → [C]. Passes of one program, out[g, c] = Σ_r map(x[g, r, c]). For the plain sum images and positions are one
 * long column, cut into stretches short enough to fill a GPU: stretches, then their sums. For the others positions are cut so within each
 * image: stretches, images, then what is made of each image's sum. A pass over one row a group is left out.
 * A workgroup of 256 threads owns up to 16 lanes of one g, a lane one channel or four where C allows, so that reads coalesce; rows are
 * dealt out to the other threads and added up as a tree in at most 4 KiB of workgroup memory.
 * Dispatch: groups × ⌈lanes/16⌉ workgroups. Bytes: dy once, the partial sums twice.
 * Reference: tf.sum, tf.abs, tf.square (`composed/dense.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { vectorWidth } from './flat.ts';
import { mapped, type PerElement } from './gemm-operand.ts';
import type { GradientUse } from './gradient-use.ts';
import { foldedWorkgroups, makeOutput, record } from './program.ts';
import { updateOf } from './sgd-update.ts';

/** Rows that a workgroup of 16 lanes adds up: 16 for each of its threads along rows. */
const STRETCH = 256;

export const webgpuChannelSum = kernel('LabChannelSum', ({ dy }, { perImage }, backend: WebGPUBackend) => {
  const images = dy.shape[0]!;
  const channels = dy.shape[dy.shape.length - 1]!;
  const positions = dy.shape.slice(1, -1).reduce((product, extent) => product * extent, 1);
  if (perImage === 'sum') return sumColumns(backend, dy, 1, images * positions, channels);
  const sums = sumColumns(backend, dy, images, positions, channels);
  const result = sumRows(backend, sums, { groups: 1, stretches: 1, rows: images, channels, map: perImage });
  if (sums !== dy) backend.disposeData(sums.dataId);
  return result;
});

/** The sum's last pass uses each channel's gradient in place of writing it (`biasUpdate` in `ops.ts`): θ and v as in `sgd-update.ts`. */
export const webgpuBiasUpdate = kernel('LabBiasUpdate', ({ dy, ...tensors }, options, backend: WebGPUBackend) => {
  const channels = dy.shape[dy.shape.length - 1]!;
  const rows = dy.shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const update = updateOf(vectorWidth(channels).element, tensors, options, [dy]);
  const stretches = Math.ceil(rows / STRETCH);
  const whole = { groups: 1, stretches: 1, channels, map: 'as it is' } as const;
  if (stretches === 1) {
    sumRowsInto(backend, dy, { ...whole, rows }, update);
    return [];
  }
  const partial = sumRows(backend, dy, { ...whole, stretches, rows });
  sumRowsInto(backend, partial, { ...whole, rows: stretches }, update);
  backend.disposeData(partial.dataId);
  return [];
});

/** x [groups, rows, channels] → [groups, channels]; x itself where there is one row a group. */
function sumColumns(backend: WebGPUBackend, x: TensorInfo, groups: number, rows: number, channels: number): TensorInfo {
  if (rows === 1 && groups > 1) return x;
  const stretches = Math.ceil(rows / STRETCH);
  const partial = sumRows(backend, x, { groups, stretches, rows, channels, map: 'as it is' });
  if (stretches === 1) return partial;
  const result = sumRows(backend, partial, { groups, stretches: 1, rows: stretches, channels, map: 'as it is' });
  backend.disposeData(partial.dataId);
  return result;
}

interface RowSum {
  readonly groups: number;
  /** Into how many a group's rows are cut. */
  readonly stretches: number;
  readonly rows: number;
  readonly channels: number;
  readonly map: PerElement;
}

/** result[g, t, c] = Σ over the rows r of stretch t of map(x[g, r, c]). */
function sumRows(backend: WebGPUBackend, x: TensorInfo, sum: RowSum): TensorInfo {
  const { groups, stretches, channels } = sum;
  const result = makeOutput(backend, groups * stretches === 1 ? [channels] : [groups * stretches, channels]);
  const { element } = vectorWidth(channels);
  sumRowsInto(backend, x, sum, {
    key: '',
    storage: [{ name: 'result', element, access: 'read_write' }],
    operands: [result],
    uniforms: [],
    statements: 'result[i] = gradient;',
  });
  return result;
}

/** The same sums, each handed on as the element of a gradient. */
function sumRowsInto(backend: WebGPUBackend, x: TensorInfo, { groups, stretches, rows, channels, map }: RowSum, use: GradientUse): void {
  const { width, element } = vectorWidth(channels);
  const lanes = channels / width;
  const across = [1, 2, 4, 8, 16].find((count) => count >= lanes) ?? 16;
  const blocks = Math.ceil(lanes / across);
  record(backend, {
    key: `sumRows ${element} ${across} ${map} ${use.key}`,
    source: () => `
var<workgroup> partial: array<${element}, 256>;
@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let block = group.y * groups.x + group.x;
  let stretch = block / params.blocks;
  if (stretch >= params.groups * params.stretches) { return; }
  let lane = block % params.blocks * ${across}u + thread % ${across}u;
  let g = stretch / params.stretches;
  let firstRow = stretch % params.stretches * params.stretchRows;
  let pastRow = min(params.rows, firstRow + params.stretchRows);
  var sum = ${element}();
  if (lane < params.lanes) {
    for (var row = firstRow + thread / ${across}u; row < pastRow; row += ${256 / across}u) {
      let value = x[(g * params.rows + row) * params.lanes + lane];
      sum += ${mapped('value', map)};
    }
  }
  partial[thread] = sum;
  for (var half = 128u; half >= ${across}u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { partial[thread] += partial[thread + half]; }
  }
  if (thread < ${across}u && lane < params.lanes) {
    let i = stretch * params.lanes + lane;
    let gradient = partial[thread];
    ${use.statements}
  }
}`,
    storage: [...use.storage, { name: 'x', element, access: 'read' }],
    operands: [...use.operands, x],
    uniforms: [
      { name: 'groups', type: 'u32', value: groups },
      { name: 'stretches', type: 'u32', value: stretches },
      { name: 'rows', type: 'u32', value: rows },
      { name: 'stretchRows', type: 'u32', value: Math.ceil(rows / stretches) },
      { name: 'lanes', type: 'u32', value: lanes },
      { name: 'blocks', type: 'u32', value: blocks },
      ...use.uniforms,
    ],
    workgroups: foldedWorkgroups(groups * stretches * blocks, 1),
  });
}
