/**
 * The second pass of a product whose depth was cut into slices:
 *
 *   output[r, c] = finish( Σ_s partial[s, r, c] ),   finish: + bias[c], then ReLU, where asked
 *
 * partial [slices, rows, columns] → output [rows, columns]. A thread one element, or four of a row where columns allow; partial is read
 * once and output written once. Tested with the products that use it (`gemm.ts`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { recordFlat, vectorWidth } from './flat.ts';
import type { GradientUse } from './gradient-use.ts';

export interface Slices {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
}

export interface SliceSum extends Slices {
  readonly bias: TensorInfo | undefined;
  readonly relu: boolean;
}

export function addSlices(backend: WebGPUBackend, partial: TensorInfo, output: TensorInfo, { bias, relu, ...slices }: SliceSum): void {
  const { width, element } = vectorWidth(slices.columns);
  const biased = bias ? 'gradient + bias[i % params.columns]' : 'gradient';
  useSlices(backend, partial, slices, {
    key: `${bias ? 'bias' : ''} ${relu ? 'relu' : ''}`,
    storage: [{ name: 'result', element, access: 'read_write' }, ...(bias ? [{ name: 'bias', element, access: 'read' } as const] : [])],
    operands: [output, ...(bias ? [bias] : [])],
    uniforms: [{ name: 'columns', type: 'u32', value: slices.columns / width }],
    statements: `let finished = ${biased};
  result[i] = ${relu ? rectify('finished', element) : 'finished'};`,
  });
}

/** The same sums, each handed on in place of being written. */
export function useSlices(backend: WebGPUBackend, partial: TensorInfo, { slices, rows, columns }: Slices, use: GradientUse): void {
  const { width, element } = vectorWidth(columns);
  recordFlat(backend, {
    key: `addSlices ${element} ${use.key}`,
    body: () => `
  var gradient = partial[i];
  for (var s = 1u; s < params.slices; s++) { gradient += partial[s * params.count + i]; }
  ${use.statements}`,
    storage: [...use.storage, { name: 'partial', element, access: 'read' }],
    operands: [...use.operands, partial],
    uniforms: [{ name: 'slices', type: 'u32', value: slices }, ...use.uniforms],
    count: (rows * columns) / width,
  });
}

/** ReLU. By comparison, since max(NaN, 0) may be 0, and a network that diverged would look alive: wherever a driver keeps NaN it passes. */
export function rectify(value: string, type: 'f32' | 'vec4<f32>'): string {
  return `select(${value}, ${type}(), ${value} < ${type}())`;
}
