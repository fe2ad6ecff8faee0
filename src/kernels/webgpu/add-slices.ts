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
import type { StorageBinding } from './device-cache.ts';
import type { GemmUse } from './gemm-product.ts';

export interface Slices {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
}

export interface SliceSum extends Slices {
  readonly bias: TensorInfo | undefined;
  readonly relu: boolean;
}

/** WGSL: `sum` of element `i`. */
const SUM_OF_SLICES = `var sum = partial[i];
  for (var s = 1u; s < params.slices; s++) { sum += partial[s * params.count + i]; }`;

export function addSlices(backend: WebGPUBackend, partial: TensorInfo, output: TensorInfo, sum: SliceSum): void {
  const { slices, rows, columns, bias, relu } = sum;
  const { width, element } = vectorWidth(columns);
  const storage: StorageBinding[] = [
    { name: 'result', element, access: 'read_write' },
    { name: 'partial', element, access: 'read' },
  ];
  const operands = [output, partial];
  if (bias) {
    storage.push({ name: 'bias', element, access: 'read' });
    operands.push(bias);
  }
  recordFlat(backend, {
    key: `addSlices ${element} ${bias ? 'bias' : ''} ${relu ? 'relu' : ''}`,
    body: () => `
  ${SUM_OF_SLICES}
  ${bias ? 'sum += bias[i % params.columns];' : ''}
  result[i] = ${relu ? rectify('sum', element) : 'sum'};`,
    storage,
    operands,
    uniforms: [
      { name: 'columns', type: 'u32', value: columns / width },
      { name: 'slices', type: 'u32', value: slices },
    ],
    count: (rows * columns) / width,
  });
}

/** The same sums, each handed on as the element of a gradient in place of being written. */
export function useSlices(backend: WebGPUBackend, partial: TensorInfo, { slices, rows, columns }: Slices, use: GemmUse): void {
  const { width, element } = vectorWidth(columns);
  recordFlat(backend, {
    key: `useSlices ${element} ${use.key}`,
    body: () => `
  ${SUM_OF_SLICES}
  let gradient = sum;
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
