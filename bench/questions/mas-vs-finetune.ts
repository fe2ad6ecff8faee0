import { alternate } from '../harness/compare.ts';
import { consolidate } from '../harness/consolidate.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import type { ModelId } from '../../src/core/config.ts';
import { createSubject, type Device, stepOnce, stepTime, useBackend, useGpu } from '../harness/subject.ts';

export const question = 'What does the penalty cost: a MAS step against a fine-tuning step?';

const STEPS = 5;
const ROUNDS = 9;

export async function run(): Promise<BenchRow[]> {
  const rows = [await compare('alexnet-compact', 32, await useBackend('wasm'))];
  const gpu = await useGpu();
  if (gpu !== null) rows.push(await compare('alexnet-224', 64, gpu));
  return rows;
}

async function compare(model: ModelId, batchSize: number, { adapter, tune }: Device): Promise<BenchRow> {
  const plain = createSubject(model, batchSize);
  await tune(() => stepOnce(plain, true));
  const protectedByMas = createSubject(model, batchSize, { method: 'mas', lambda: 0.3 });
  await consolidate(protectedByMas);
  const comparison = await alternate(() => stepTime(protectedByMas, STEPS), () => stepTime(plain, STEPS), ROUNDS, 2);
  return rowOf(`${question} (${model}, batch ${batchSize})`, 'the lab’s own fine-tuning step', { kind: 'cost', bound: 1.05 }, comparison, adapter);
}
