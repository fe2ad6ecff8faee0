import type { ModelId } from '../../src/core/config.ts';
import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf, type Unanswered } from '../harness/row.ts';
import { createSubject, type Device, GPU_CASES, stepOnce, stepTime, useGpu } from '../harness/subject.ts';
import { hasCuda, startTorch } from '../harness/torch-peer.ts';

export const question = 'How long is a training step on WebGPU against PyTorch on CUDA (eager, float32, TF32 off) on the same GPU?';

const STEPS = 20;
const ROUNDS = 9;

export async function run(): Promise<AsyncIterable<BenchRow> | Unanswered> {
  const gpu = await useGpu();
  if (gpu === null) return { unanswered: 'WebGPU has no GPU here, only a program that stands in for one' };
  if (!(await hasCuda())) return { unanswered: 'PyTorch has no CUDA device here' };
  return compareAll(gpu);
}

async function* compareAll(gpu: Device): AsyncGenerator<BenchRow> {
  for (const { model, batchSize } of GPU_CASES) yield await compare(model, batchSize, gpu);
}

async function compare(model: ModelId, batchSize: number, { adapter, tune }: Device): Promise<BenchRow> {
  // A small rate, as on noise the default one throws the loss upwards, and float32 rounding with it.
  const subject = createSubject(model, batchSize, { learningRate: 1e-4 });
  await tune(() => stepOnce(subject, true));
  // The peer starts from these weights, without momentum.
  subject.trainer.resetOptimizer();
  const torch = await startTorch(subject, 'cuda');
  try {
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await stepOnce(subject, true));
    assertAgree(`loss of ${model}, batch ${batchSize}`, losses, await torch.losses(4), 1e-3);
    const comparison = await alternate(() => stepTime(subject, STEPS), () => torch.stepTime(STEPS, 1), ROUNDS, 2);
    return rowOf(`${question} (${model}, batch ${batchSize})`, torch.name, { kind: 'speed', bound: 0.5 }, comparison, adapter);
  } finally {
    torch.close();
  }
}
