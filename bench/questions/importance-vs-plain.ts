import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import { headForward, headInputGradient } from '../../src/engine/head.ts';
import { disposeParams } from '../../src/engine/model/params.ts';
import { backward, disposeTrace, firstTrained, forward } from '../../src/engine/network.ts';
import * as tf from '@tensorflow/tfjs-core';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, type Subject, useBackend } from '../harness/subject.ts';

export const question = 'What does exact per-image importance cost over a plain forward and backward pass (compact AlexNet, 128 images)?';

const BATCHES = 4;
const ROUNDS = 7;

export async function run(): Promise<BenchRow[]> {
  const { adapter } = await useBackend('wasm');
  const subject = createSubject('alexnet-compact', 32);
  const comparison = await alternate(() => timeImportance(subject), () => timePlain(subject), ROUNDS);
  return [rowOf(question, 'the lab’s own forward and backward pass without absolute values', { kind: 'cost', bound: 1.25 }, comparison, adapter)];
}

async function timeImportance({ model, network, trained, batch, labels }: Subject): Promise<number> {
  const start = performance.now();
  const batches = Array.from({ length: BATCHES }, () => ({ x: tf.clone(batch.x), labels }));
  const omega = await measureImportance({ model, backbone: network.backbone, head: network.heads[0]!, trained, rule: { kind: 'global' }, batches });
  await omega.get('classifier.4.bias')!.data();
  disposeParams(omega);
  return performance.now() - start;
}

async function timePlain({ model, network, trained, batch }: Subject): Promise<number> {
  const start = performance.now();
  const head = network.heads[0]!;
  for (let i = 0; i < BATCHES; i++) {
    const trace = forward(model, network.backbone, batch.x, { keepFrom: firstTrained(model, trained), dropoutSeed: null });
    const logits = headForward(head, trace.features);
    const dFeatures = headInputGradient(head, logits);
    let last: Promise<unknown> = Promise.resolve();
    backward(model, network.backbone, trace, dFeatures, trained, 'sum', (name, gradient) => {
      if (name === 'features.0.weight' && i === BATCHES - 1) last = gradient.data();
      gradient.dispose();
    });
    await last;
    tf.dispose([logits, dFeatures]);
    disposeTrace(trace, batch.x);
  }
  return performance.now() - start;
}
