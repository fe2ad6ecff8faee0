/** The whole network against PyTorch's numbers on this device: logits, loss, every gradient, every exact importance. */
import { dispose, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import type { NumberCheck } from '../../core/self-check-report.ts';
import { softmaxCrossEntropy } from '../../kernels/ops.ts';
import { headForward, headGradients, headInputGradient } from '../head.ts';
import { measureImportance } from '../importance/output-importance.ts';
import { disposeParams } from '../model/params.ts';
import { modelSpec } from '../model/models.ts';
import { backboneParams, trainableParams } from '../model/spec.ts';
import { backward, disposeTrace, forward } from '../network.ts';
import { disposeNetwork, type NetworkState } from '../network-state.ts';
import { hashedImages, hashedNetwork, torchvisionName } from './hashed-network.ts';
import { PYTORCH_GRADIENTS, PYTORCH_IMPORTANCES, PYTORCH_LABELS, PYTORCH_LOGITS, PYTORCH_LOSS, type Digest } from './pytorch-numbers.ts';

/** What float32 on another device may differ by: as in the project's own tests. */
const FORWARD_TOLERANCE = 3e-5;
const GRADIENT_TOLERANCE = 5e-5;

/** Logits and loss, a gradient of every parameter, an importance of every one but the head's. */
export const NETWORK_CHECKS = 2 + Object.keys(PYTORCH_GRADIENTS).length + backboneParams(modelSpec('alexnet-64')).length;

/** The {@link NETWORK_CHECKS}, one after another; who has seen enough may leave, and everything is freed. */
export async function* checkNetwork(): AsyncGenerator<NumberCheck, void> {
  const network = hashedNetwork();
  try {
    yield* checkGradients(network);
    yield* checkImportances(network);
  } finally {
    disposeNetwork(network);
  }
}

async function* checkGradients({ model, backbone, heads }: NetworkState): AsyncGenerator<NumberCheck, void> {
  const head = heads[0]!;
  const x = hashedImages();
  const trace = forward(model, backbone, x, { keepFrom: 0, dropoutSeed: null });
  const logits = headForward(head, trace.features);
  const held: Tensor[] = [x, logits];
  let gradients: [string, Tensor][] = [];
  try {
    yield compared('logits', await logits.data(), PYTORCH_LOGITS.flat(), FORWARD_TOLERANCE);
    const target = tensor1d(Int32Array.from(PYTORCH_LABELS), 'int32');
    const { loss, dlogits } = softmaxCrossEntropy(logits, target, 1 / PYTORCH_LABELS.length);
    held.push(target, loss, dlogits);
    const losses = (await loss.data()) as Float32Array;
    yield compared('loss', [losses.reduce((a, b) => a + b, 0)], [PYTORCH_LOSS], FORWARD_TOLERANCE);
    const dFeatures = headInputGradient(head, dlogits);
    held.push(dFeatures);
    gradients = [...headGradients(trace.features, dlogits)];
    backward(model, backbone, trace, dFeatures, trainableParams(model, 5), 'sum', (name, gradient) => gradients.push([name, gradient]));
    for (const [name, gradient] of gradients) {
      yield await digested(`gradient of ${torchvisionName(name)}`, gradient, PYTORCH_GRADIENTS[torchvisionName(name)]!);
      gradient.dispose();
    }
  } finally {
    dispose(gradients.map(([, gradient]) => gradient));
    disposeTrace(trace, x);
    dispose(held);
  }
}

async function* checkImportances({ model, backbone, heads }: NetworkState): AsyncGenerator<NumberCheck, void> {
  const omega = await measureImportance({
    model, backbone, head: heads[0]!, trained: trainableParams(model, 5), rule: { kind: 'global' }, batches: [{ x: hashedImages(), labels: Int32Array.from(PYTORCH_LABELS) }],
  });
  try {
    for (const [name, value] of omega) yield await digested(`importance of ${name}`, value, PYTORCH_IMPORTANCES[name]!);
  } finally {
    disposeParams(omega);
  }
}

async function digested(what: string, value: Tensor, expected: Digest): Promise<NumberCheck> {
  const values = await value.data();
  let absSum = 0;
  let squares = 0;
  for (const element of values) {
    absSum += Math.abs(element);
    squares += element * element;
  }
  const error = Math.max(Math.abs(absSum / expected.absSum - 1), Math.abs(Math.sqrt(squares) / expected.l2 - 1));
  return { what, error, tolerance: GRADIENT_TOLERANCE, right: error <= GRADIENT_TOLERANCE };
}

/** max|a − b| / max|b|. */
function compared(what: string, actual: ArrayLike<number>, expected: readonly number[], tolerance: number): NumberCheck {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = expected.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i]! - value)), 0) / scale;
  return { what, error, tolerance, right: error <= tolerance };
}
