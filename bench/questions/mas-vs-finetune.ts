import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, stepTime, type Subject, useBackend } from '../harness/subject.ts';
import { measureImportance } from '../../src/engine/importance/output-importance.ts';
import * as tf from '@tensorflow/tfjs-core';

export const question = 'What does the penalty cost: a MAS step against a fine-tuning step (compact AlexNet, batch 32)?';

const STEPS = 5;
const ROUNDS = 9;

export async function run(): Promise<BenchRow[]> {
  const { adapter } = await useBackend('wasm');
  const plain = createSubject('alexnet-compact', 32);
  const protectedByMas = createSubject('alexnet-compact', 32, { method: 'mas', lambda: 0.3 });
  await consolidate(protectedByMas);
  const comparison = await alternate(() => stepTime(protectedByMas, STEPS), () => stepTime(plain, STEPS), ROUNDS, 2);
  return [rowOf(question, 'the lab’s own fine-tuning step', { kind: 'cost', bound: 1.05 }, comparison, adapter)];
}

/** Gives the method its Ω and θ*, as after a first task. */
async function consolidate({ model, network, trained, method, trainer, batch, labels }: Subject): Promise<void> {
  await method.afterTask?.(trainer.context(0.3), 0, (rule) =>
    measureImportance({ model, backbone: network.backbone, head: network.heads[0]!, trained, rule, batches: [{ x: tf.clone(batch.x), labels }] }),
  );
  if (!method.penalty?.('classifier.4.weight')) throw new Error('the MAS subject has no penalty: the comparison would mean nothing');
}
