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

export interface SliceSum {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  readonly bias: TensorInfo | undefined;
  readonly relu: boolean;
}

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
  var sum = partial[i];
  for (var s = 1u; s < params.slices; s++) { sum += partial[s * params.count + i]; }
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

/** ReLU. By comparison, since max(NaN, 0) may be 0, and a network that diverged would look alive: wherever a driver keeps NaN it passes. */
export function rectify(value: string, type: 'f32' | 'vec4<f32>'): string {
  return `select(${value}, ${type}(), ${value} < ${type}())`;
}
