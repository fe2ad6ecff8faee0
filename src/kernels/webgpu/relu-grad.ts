/**
 * dx = dy · [y > 0], by selection: a dead unit's gradient is 0 whatever dy is.
 *
 * Any shape. A thread four elements where their number allows; reads dy and y, writes dx: 12 bytes an element.
 * Reference: tf.where(tf.greater(y, 0), dy, 0).
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf, vectorWidth } from './flat.ts';
import { makeOutput } from './program.ts';

export const webgpuReluGrad = kernel('LabReluGrad', ({ dy, y }, _attrs, backend: WebGPUBackend) => {
  const { width, element } = vectorWidth(sizeOf(dy));
  const dx = makeOutput(backend, dy.shape);
  recordFlat(backend, {
    key: `reluGrad ${element}`,
    body: () => `dx[i] = select(${element}(), dy[i], y[i] > ${element}());`,
    storage: [
      { name: 'dx', element, access: 'read_write' },
      { name: 'dy', element, access: 'read' },
      { name: 'y', element, access: 'read' },
    ],
    operands: [dx, dy, y],
    count: sizeOf(dy) / width,
  });
  return dx;
});
