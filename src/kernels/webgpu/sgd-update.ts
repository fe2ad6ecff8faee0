/**
 * One SGD step of one parameter, in place (DESIGN.md section 2; `sgdUpdate` in `ops.ts`):
 *
 *   g ← g + wd·θ
 *   gradient form:   g ← g + 2λΩ(θ − θ*),  v ← m·v + g
 *   proximal form:   v ← m·v + g,  v ← (v + 2λΩ(θ − θ*)) / (1 + 2·lr·λ·Ω)
 *   θ ← θ − lr·v
 *
 * Any shape. A thread four elements where their number allows. θ and v are bound for reading and writing, so each array is read once and,
 * where it changes, written once: 12 bytes an element for plain SGD, 20 with momentum, 28 with the penalty.
 * Reference: stock element-wise operations (`composed/update.ts`).
 */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { UpdateOptions } from '../ops.ts';
import { kernel, type UpdatedInputs } from '../signatures.ts';
import type { StorageBinding, UniformField } from './device-cache.ts';
import { recordFlat, sizeOf, vectorWidth } from './flat.ts';
import type { GradientUse } from './gradient-use.ts';

export const webgpuSgdUpdate = kernel('LabSgdUpdate', ({ grad, ...tensors }, options, backend: WebGPUBackend) => {
  const { width, element } = vectorWidth(sizeOf(tensors.theta));
  const update = updateOf(element, tensors, options, [grad]);
  recordFlat(backend, {
    key: `sgdUpdate ${element} ${update.key}`,
    body: () => `
  let gradient = grad[i];
  ${update.statements}`,
    storage: [...update.storage, { name: 'grad', element, access: 'read' }],
    operands: [...update.operands, grad],
    uniforms: update.uniforms,
    count: sizeOf(tensors.theta) / width,
  });
  return [];
});

/**
 * An update as a program does it with each element `i` of a gradient that it makes.
 * @param element of the bindings: four neighbours at a time or one
 * @param sources what the gradient is made of; none may share its data with what is changed
 */
export function updateOf(element: 'f32' | 'vec4<f32>', { theta, velocity, omega, anchor }: UpdatedInputs, options: UpdateOptions, sources: readonly TensorInfo[]): GradientUse {
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
    util.assert([...operands, ...sources].filter(({ dataId }) => dataId === written.dataId).length === 1, () => 'an update: a tensor it changes shares its data with another');
  }
  return {
    key: `update ${velocity ? 'momentum' : ''} ${penalty ?? ''}`,
    storage,
    operands,
    uniforms: updateUniforms(options),
    statements: updateStatements(element, velocity !== undefined, penalty),
  };
}

/** WGSL that updates element `i` of `theta` (and `velocity`) with `gradient`; the uniforms are {@link updateUniforms}. */
function updateStatements(element: 'f32' | 'vec4<f32>', hasVelocity: boolean, penalty: UpdateOptions['penaltyStep'] | undefined): string {
  return `let weight = theta[i];
  var step = gradient + params.weightDecay * weight;
  ${penalty ? 'let pull = params.twiceLambda * omega[i] * (weight - anchor[i]);' : ''}
  ${penalty === 'gradient' ? 'step += pull;' : ''}
  ${hasVelocity ? 'step = params.momentum * velocity[i] + step;' : ''}
  ${
    penalty === 'proximal'
      ? // A GPU's division by 1 need not be exact: what λΩ = 0 leaves free is not divided.
        `let hold = params.learningRate * params.twiceLambda * omega[i];
  step = select(step, (step + pull) / (1.0 + hold), hold > ${element}());`
      : ''
  }
  ${hasVelocity ? 'velocity[i] = step;' : ''}
  theta[i] = weight - params.learningRate * step;`;
}

function updateUniforms({ learningRate, momentum, weightDecay, lambda }: UpdateOptions): readonly UniformField[] {
  return [
    { name: 'learningRate', type: 'f32', value: learningRate },
    { name: 'momentum', type: 'f32', value: momentum },
    { name: 'weightDecay', type: 'f32', value: weightDecay },
    { name: 'twiceLambda', type: 'f32', value: 2 * lambda },
  ];
}
