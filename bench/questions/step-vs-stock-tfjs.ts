import type { ModelId } from '../../src/core/config.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { stockStep } from '../../src/engine/self-check/stock-step.ts';
import { createSubject, type Device, GPU_CASES, stepOnce, stepTime, useBackend, useGpu } from '../harness/subject.ts';

export const question = 'How long is a training step against stock TensorFlow.js (tape and momentum optimizer) on the same backend?';

/** Milliseconds of stock steps that one sample aims at on a GPU, whose steps differ a hundredfold in length. */
const SAMPLE_MS = 300;
const ROUNDS = 5;

export async function run(): Promise<AsyncIterable<BenchRow>> {
  return compareAll();
}

async function* compareAll(): AsyncGenerator<BenchRow> {
  const wasm = await useBackend('wasm');
  yield await compare('alexnet-compact', 32, wasm, 2, () => 3);
  const gpu = await useGpu();
  if (gpu === null) {
    // A small case, for regressions.
    yield await compare('small-conv', 8, await useBackend('webgpu'), 1, () => 1);
    return;
  }
  for (const { model, batchSize } of GPU_CASES) yield await compare(model, batchSize, gpu, 5, (stockMs) => Math.max(1, Math.min(20, Math.round(SAMPLE_MS / stockMs))));
}

/** @param stepsFor how many steps a sample takes, by what one of the peer's does */
async function compare(model: ModelId, batchSize: number, { adapter, tune }: Device, bound: number, stepsFor: (stockMs: number) => number): Promise<BenchRow> {
  const subject = createSubject(model, batchSize, { learningRate: 1e-4 });
  await tune(() => stepOnce(subject, true));
  // The peer starts from these weights, without momentum.
  subject.trainer.resetOptimizer();
  const stock = stockStep(subject);
  try {
    const ours = [await stepOnce(subject, true), await stepOnce(subject, true), await stepOnce(subject, true)];
    assertAgree(`loss of ${model}, batch ${batchSize}`, ours, [await stock.step(true), await stock.step(true), await stock.step(true)], 1e-3);
    const stockTime = async (steps: number): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < steps; i++) await stock.step(i === steps - 1);
      return (performance.now() - start) / steps;
    };
    const steps = stepsFor(await stockTime(1));
    const comparison = await alternate(() => stepTime(subject, steps), () => stockTime(steps), ROUNDS);
    return rowOf(`${question} (${model}, batch ${batchSize})`, 'stock TensorFlow.js, the same batch and weights', { kind: 'speed', bound }, comparison, adapter);
  } finally {
    stock.dispose();
  }
}
