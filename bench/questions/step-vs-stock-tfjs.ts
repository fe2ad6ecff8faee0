import type { ModelId } from '../../src/core/config.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { stockStep } from '../../src/engine/self-check/stock-step.ts';
import { createSubject, type Device, GPU_CASES, stepOnce, stepTime, useBackend, useGpu } from '../harness/subject.ts';

export const question = 'How long is a training step against stock TensorFlow.js (tape and momentum optimizer) on the same backend?';

export async function run(): Promise<BenchRow[]> {
  const rows = [await compare('alexnet-compact', 32, await useBackend('wasm'), 2, 3, 5)];
  const gpu = await useGpu();
  if (gpu === null) {
    // A small case, for regressions.
    rows.push(await compare('small-conv', 8, await useBackend('webgpu'), 1, 1, 3));
    return rows;
  }
  for (const { model, batchSize } of GPU_CASES) rows.push(await compare(model, batchSize, gpu, 5, 10, 9));
  return rows;
}

async function compare(model: ModelId, batchSize: number, { adapter, tune }: Device, bound: number, steps: number, rounds: number): Promise<BenchRow> {
  const subject = createSubject(model, batchSize, { learningRate: 1e-4 });
  await tune(() => stepOnce(subject, true));
  // The peer starts from these weights, without momentum.
  subject.trainer.resetOptimizer();
  const stock = stockStep(subject);
  const ours = [await stepOnce(subject, true), await stepOnce(subject, true), await stepOnce(subject, true)];
  assertAgree(`loss of ${model}, batch ${batchSize}`, ours, [await stock.step(true), await stock.step(true), await stock.step(true)], 1e-3);
  const comparison = await alternate(
    () => stepTime(subject, steps),
    async () => {
      const start = performance.now();
      for (let i = 0; i < steps; i++) await stock.step(i === steps - 1);
      return (performance.now() - start) / steps;
    },
    rounds,
  );
  return rowOf(`${question} (${model}, batch ${batchSize})`, 'stock TensorFlow.js, the same batch and weights', { kind: 'speed', bound }, comparison, adapter);
}
