/** torchvision's AlexNet at 64 and 224 pixels against PyTorch: logits, every gradient, every exact importance. */
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headForward, headGradients, headInputGradient } from '../../src/engine/head.ts';
import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import { hashOf } from '../../src/engine/self-check/hashed-network.ts';
import { toTorch } from '../../src/engine/model/layout.ts';
import { backboneParams, trainableParams, type ParamSpec } from '../../src/engine/model/spec.ts';
import { backward, disposeTrace, forward } from '../../src/engine/network.ts';
import { disposeNetwork, type NetworkState } from '../../src/engine/network-state.ts';
import { softmaxCrossEntropy } from '../../src/kernels/ops.ts';
import { useBackend } from '../helpers/backends.ts';
import {
  fullInput, fullModel, fullNetwork, fullParams, hashed, type Digest, type FullExpected,
} from '../helpers/full-network.ts';
import { expectClose, referenceJson, TOLERANCE } from '../helpers/reference.ts';
import { int32, referenceName } from '../helpers/small-network.ts';

const expected = referenceJson<FullExpected>('full', 'expected.json');
const labels = Int32Array.from(expected.labels);

describe("the reference's hash", () => {
  it('has the values of its self-test', () => {
    for (const { tensor_index, element_index, h } of expected.hash.selftest) expect(hashOf(tensor_index, element_index)).toBe(h);
  });

  it.each(['features.0.weight', 'features.3.bias', 'classifier.6.weight'])('gives %s to the last bit', (name) => {
    const weight = expected.weights[name]!;
    expect(createHash('sha256').update(new Uint8Array(hashed(weight).values.buffer)).digest('hex')).toBe(weight.sha256_f32);
  });
});

// The software adapter of a machine without a GPU takes minutes for what wasm does in seconds.
describe.each(['wasm', 'webgpu'] as const)('reference/full on %s', { timeout: 1_200_000 }, (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each([64, 224] as const)('%i pixels', (size) => {
    const model = fullModel(size);
    const trained = trainableParams(model, 5);
    const want = expected.cases[`${size}`];
    let network: NetworkState;

    beforeAll(() => {
      network = fullNetwork(model, expected);
    });
    afterAll(() => disposeNetwork(network));

    const expectDigest = async (group: string, param: ParamSpec, value: tf.Tensor, digest: Digest): Promise<void> => {
      const { values } = toTorch((await value.data()) as Float32Array, param, model);
      let [sum, absSum, squares] = [0, 0, 0];
      for (const element of values) {
        sum += element;
        absSum += Math.abs(element);
        squares += element * element;
      }
      const name = `${group}/${referenceName(param.name)}`;
      expectWithin(`${name} sum`, sum, digest.sum, digest.abs_sum);
      expectWithin(`${name} abs_sum`, absSum, digest.abs_sum, digest.abs_sum);
      expectWithin(`${name} l2`, Math.sqrt(squares), digest.l2, digest.l2);
      digest.indices.forEach((index, i) => expectWithin(`${name}[${index}]`, values[index]!, digest.values[i]!, digest.max_abs));
    };

    it('logits, loss and gradients of the mean cross-entropy', async () => {
      const x = fullInput(want);
      const head = network.heads[0]!;
      const trace = forward(model, network.backbone, x, { keepFrom: 0, dropoutSeed: null });
      const logits = headForward(head, trace.features);
      expectClose('logits', await logits.data(), want.logits.flat(), TOLERANCE.forward);
      expectClose('sqnorm', await tf.tidy(() => tf.sum(tf.square(logits), 1)).data(), want.sqnorm, TOLERANCE.forward);
      const { loss, dlogits } = softmaxCrossEntropy(logits, int32(labels), 1 / labels.length);
      expectWithin('loss', (await tf.sum(loss).data())[0]!, want.loss, want.loss);
      const dFeatures = headInputGradient(head, dlogits);
      const found = new Map<string, tf.Tensor>(headGradients(trace.features, dlogits));
      backward(model, network.backbone, trace, dFeatures, trained, 'sum', (name, gradient) => found.set(name, gradient));
      for (const param of fullParams(model)) await expectDigest('grad', param, found.get(param.name)!, want.grad[referenceName(param.name)]!);
      disposeTrace(trace, x);
      tf.dispose([x, logits, loss, dlogits, dFeatures, ...found.values()]);
    });

    it('exact importance of the backbone', async () => {
      const omega = await measureImportance({
        model, backbone: network.backbone, head: network.heads[0]!, trained, rule: { kind: 'global' }, batches: [{ x: fullInput(want), labels }],
      });
      for (const param of backboneParams(model)) {
        await expectDigest('omega_global', param, omega.get(param.name)!, want.omega_global[referenceName(param.name)]!);
      }
      tf.dispose([...omega.values()]);
    });
  });
});

/** |actual − expected| relative to `scale`, as the reference's table of tolerances says. */
function expectWithin(name: string, actual: number, wanted: number, scale: number): void {
  const gap = Math.abs(actual - wanted);
  expect(gap <= TOLERANCE.full * scale, `${name}: expected ${wanted}, found ${actual}; off by ${(gap / scale).toExponential(2)}`).toBe(true);
}
