import * as tf from '@tensorflow/tfjs-core';
import { predict } from '../../src/engine/evaluation.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { stockForward } from '../harness/stock-forward.ts';
import { createSubject, type Subject, useBackend } from '../harness/subject.ts';

export const question = 'How long does testing take against stock TensorFlow.js’s forward pass, its fused kernels used (compact AlexNet, 320 images)?';

const BATCH = 64;
const BATCHES = 5;
const ROUNDS = 9;

export async function run(): Promise<BenchRow[]> {
  const { adapter } = await useBackend('wasm');
  const subject = createSubject('alexnet-compact', BATCH);
  assertAgree('logits', [...(await ours(subject)).logits], [...(await theirs(subject)).logits], 1e-3);
  const comparison = await alternate(async () => (await ours(subject)).elapsedMs, async () => (await theirs(subject)).elapsedMs, ROUNDS, 2);
  return [rowOf(question, 'stock TensorFlow.js, the same batches and weights', { kind: 'speed', bound: 1 }, comparison, adapter)];
}

interface Reading {
  readonly elapsedMs: number;
  readonly logits: Float32Array;
}

async function ours({ model, network, batch }: Subject): Promise<Reading> {
  const start = performance.now();
  const [predictions] = await predict(model, network.backbone, network.heads, Array.from({ length: BATCHES }, () => tf.clone(batch.x)));
  return { elapsedMs: performance.now() - start, logits: predictions!.logits };
}

async function theirs(subject: Subject): Promise<Reading> {
  const start = performance.now();
  const parts = Array.from({ length: BATCHES }, () => stockForward(subject, subject.batch.x));
  const all = tf.concat(parts, 0);
  const logits = (await all.data()) as Float32Array;
  tf.dispose([all, ...parts]);
  return { elapsedMs: performance.now() - start, logits };
}
