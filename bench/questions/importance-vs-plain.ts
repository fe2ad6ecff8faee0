import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import { headForward, headInputGradient } from '../../src/engine/head.ts';
import { disposeParams } from '../../src/engine/model/params.ts';
import { backward, disposeTrace, firstTrained, forward } from '../../src/engine/network.ts';
import * as tf from '@tensorflow/tfjs-core';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import type { ModelId } from '../../src/core/config.ts';
import { createSubject, type Device, type Subject, useBackend, useGpu } from '../harness/subject.ts';

export const question = 'What does exact per-image importance cost over a plain forward and backward pass?';

const BATCH = 32;
const BATCHES = 4;
const ROUNDS = 7;

export async function run(): Promise<BenchRow[]> {
  const rows = [await compare('alexnet-compact', await useBackend('wasm'))];
  const gpu = await useGpu();
  if (gpu !== null) rows.push(await compare('alexnet-224', gpu));
  return rows;
}

async function compare(model: ModelId, { adapter, tune }: Device): Promise<BenchRow> {
  const subject = createSubject(model, BATCH);
  await tune(async () => {
    await timeImportance(subject);
    await timePlain(subject);
  });
  const comparison = await alternate(() => timeImportance(subject), () => timePlain(subject), ROUNDS);
  return rowOf(`${question} (${model}, ${BATCH * BATCHES} images)`, 'the lab’s own forward and backward pass without absolute values', { kind: 'cost', bound: 1.25 }, comparison, adapter);
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
    const gradients: tf.Tensor[] = [];
    backward(model, network.backbone, trace, dFeatures, trained, 'sum', (name, gradient) => {
      if (name === 'features.0.weight') gradients.push(gradient);
      else gradient.dispose();
    });
    // Waits for the device; a tensor that is being read must not be disposed.
    if (i === BATCHES - 1) await gradients[0]!.data();
    tf.dispose([...gradients, logits, dFeatures]);
    disposeTrace(trace, batch.x);
  }
  return performance.now() - start;
}
