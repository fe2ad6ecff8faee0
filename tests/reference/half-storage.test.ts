/**
 * Why no kernel stores halves: what becomes of PyTorch's numbers when weights, activations or gradients are kept in binary16 between
 * kernels that compute in float32. Every way misses the reference's tolerances many times over. Were one to keep within them, this fails.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { headForward, headInputGradient } from '../../src/engine/head.ts';
import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { backward, disposeTrace, forward } from '../../src/engine/network.ts';
import type { NetworkState } from '../../src/engine/network-state.ts';
import { narrowToF16, widenF16 } from '../../src/formats/half.ts';
import { LAB_KERNELS, softmaxCrossEntropy, type LabKernelName } from '../../src/kernels/ops.ts';
import { replaceKernel } from '../../src/kernels/register.ts';
import { useBackend } from '../helpers/backends.ts';
import { referenceTensors, TOLERANCE } from '../helpers/reference.ts';
import { int32, need, referenceName, SMALL, SMALL_TRAINED, smallInput, smallNetwork, torchValues } from '../helpers/small-network.ts';

const ACTIVATIONS: readonly LabKernelName[] = [LAB_KERNELS.conv2d, LAB_KERNELS.dense, LAB_KERNELS.maxPool, LAB_KERNELS.adaptiveAvgPool];
const GRADIENTS: readonly LabKernelName[] = [LAB_KERNELS.conv2dInputGrad, LAB_KERNELS.maxPoolGrad, LAB_KERNELS.adaptiveAvgPoolGrad, LAB_KERNELS.reluGrad];

beforeAll(() => useBackend('cpu'));
afterEach(() => useBackend('cpu'));

/** Lets what these kernels leave in memory be halves. */
function storeHalves(kernels: readonly LabKernelName[]): void {
  for (const name of kernels) {
    const { kernelFunc } = tf.getKernel(name, 'cpu');
    replaceKernel('cpu', name, (params) => {
      const backend = params.backend as MathBackendCPU;
      const result = kernelFunc(params) as tf.TensorInfo;
      const stored = widenF16(narrowToF16(backend.readSync(result.dataId) as Float32Array));
      return backend.makeTensorInfo(result.shape, 'float32', stored);
    });
  }
}

function halved(values: Float32Array): Float32Array {
  return widenF16(narrowToF16(values));
}

/** The reference's network; its weights as halves widened again where asked. */
function network(halfWeights: boolean): NetworkState {
  const whole = smallNetwork('weights_task1.safetensors');
  if (!halfWeights) return whole;
  const narrow = (params: ReadonlyMap<string, tf.Tensor>): Map<string, tf.Tensor> =>
    new Map([...params].map(([name, value]) => [name, tf.tensor(halved(value.dataSync() as Float32Array), value.shape)]));
  return { model: SMALL, backbone: narrow(whole.backbone), heads: whole.heads.map(narrow) };
}

/** max|a − b| / max|b|, the reference's measure. */
function error(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [gap, scale] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    gap = Math.max(gap, Math.abs(actual[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return gap / scale;
}

/** Worst errors, over tensors, of logits, backbone gradients and global importances. */
async function errors(state: NetworkState): Promise<{ logits: number; gradients: number; importances: number }> {
  const expected = referenceTensors('small', 'forward_grad.safetensors');
  const importances = referenceTensors('small', 'importance.safetensors');
  const { x, labels } = smallInput('task1');
  const trace = forward(SMALL, state.backbone, x, { keepFrom: 0, dropoutSeed: null });
  const logits = headForward(state.heads[0]!, trace.features);
  const { dlogits } = softmaxCrossEntropy(logits, int32(labels), 1 / labels.length);
  const found = new Map<string, tf.Tensor>();
  backward(SMALL, state.backbone, trace, headInputGradient(state.heads[0]!, dlogits), SMALL_TRAINED, 'sum', (name, gradient) => found.set(name, gradient));
  const omega = await measureImportance({ model: SMALL, backbone: state.backbone, head: state.heads[0]!, trained: SMALL_TRAINED, rule: { kind: 'global' }, batches: [smallInput('task1')] });
  const worst = async (values: ReadonlyMap<string, tf.Tensor>, name: (param: string) => string, from: typeof expected): Promise<number> => {
    const all = backboneParams(SMALL).map(async (param) => error(await torchValues(param, values.get(param.name)!), need(from, name(param.name)).values));
    return Math.max(...(await Promise.all(all)));
  };
  const result = {
    logits: error(await logits.data(), need(expected, 'logits').values),
    gradients: await worst(found, (param) => `grad/${referenceName(param)}`, expected),
    importances: await worst(omega, (param) => `omega_global/${param}`, importances),
  };
  disposeTrace(trace, x);
  return result;
}

it('measures float32 within the tolerances', async () => {
  const { logits, gradients, importances } = await errors(network(false));
  expect(logits).toBeLessThan(TOLERANCE.forward);
  expect(gradients).toBeLessThan(TOLERANCE.grad);
  expect(importances).toBeLessThan(TOLERANCE.omegaGlobal);
});

it.each([
  { what: 'weights', halfWeights: true, kernels: [] },
  { what: 'activations', halfWeights: false, kernels: ACTIVATIONS },
  { what: 'gradients of activations', halfWeights: false, kernels: GRADIENTS },
])('$what as halves miss them', async ({ what, halfWeights, kernels }) => {
  storeHalves(kernels);
  const { logits, gradients, importances } = await errors(network(halfWeights));
  // Gradients of activations are no part of the forward pass.
  if (what !== 'gradients of activations') expect(logits).toBeGreaterThan(3 * TOLERANCE.forward);
  expect(gradients).toBeGreaterThan(3 * TOLERANCE.grad);
  expect(importances).toBeGreaterThan(3 * TOLERANCE.omegaGlobal);
});
