import { alternate } from '../harness/compare.ts';
import { consolidate } from '../harness/consolidate.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, stepTime, useBackend } from '../harness/subject.ts';

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
