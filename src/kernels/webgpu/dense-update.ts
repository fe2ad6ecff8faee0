/**
 * One SGD step of a linear layer's weight, its gradient used as it is computed (`denseUpdate` in `ops.ts`):
 *
 *   g = xᵀ · dy      [N, In]ᵀ · [N, Out], then θ and v as in `sgd-update.ts`, element by element
 *
 * x [N, In], dy [N, Out]; θ, v, Ω, θ* [In, Out]. The product is tiled as any (`gemm.ts`), undivided along N; where a tile would be written,
 * θ and v are read and written instead, rows of a tile in neighbouring threads. Bytes an element: 24 with momentum and penalty, where a
 * gradient between two kernels takes 32; of AlexNet's 54 million classifier weights that is 434 MB a step less, and 217 MB of memory.
 * Reference: tf.matMul, then stock element-wise operations (`composed/update.ts`).
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import type { StorageBinding } from './device-cache.ts';
import { gemmInto } from './gemm.ts';
import { matrixOperand } from './mat-mul.ts';
import { updateStatements, updateUniforms } from './sgd-update.ts';

export const webgpuDenseUpdate = kernel('LabDenseUpdate', (inputs, options, backend: WebGPUBackend) => {
  const { x, dy, theta, velocity, omega, anchor } = inputs;
  const [depth, rows] = x.shape as [number, number];
  const columns = dy.shape[1]!;
  const element = columns % 4 === 0 ? 'vec4<f32>' : 'f32';
  const penalty = omega && anchor ? options.penaltyStep : undefined;
  const storage: StorageBinding[] = [{ name: 'theta', element, access: 'read_write' }];
  const operands: TensorInfo[] = [theta];
  if (velocity) {
    storage.push({ name: 'velocity', element, access: 'read_write' });
    operands.push(velocity);
  }
  if (omega && anchor) {
    storage.push({ name: 'omega', element, access: 'read' }, { name: 'anchor', element, access: 'read' });
    operands.push(omega, anchor);
  }
  for (const written of velocity ? [theta, velocity] : [theta]) {
    util.assert([...operands, x, dy].filter(({ dataId }) => dataId === written.dataId).length === 1, () => 'denseUpdate: a tensor it changes shares its data with another');
  }
  gemmInto(backend, { rows, columns, depth, a: matrixOperand(x, 'outer', 'rows'), b: matrixOperand(dy, 'outer', 'columns') }, {
    key: `update ${velocity ? 'momentum' : ''} ${penalty ?? ''}`,
    storage,
    operands,
    uniforms: updateUniforms(options),
    statements: updateStatements(element, velocity !== undefined, penalty),
  });
  return [];
});
