import { assertAgree } from '../harness/agree.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, type Device, stepOnce, stepTime, useWasm } from '../harness/subject.ts';
import { startTorch } from '../harness/torch-peer.ts';

export const question = 'How long is a training step of compact AlexNet (batch 32) against PyTorch on the CPU?';

const STEPS = 5;
const ROUNDS = 9;

export async function* run(): AsyncIterable<BenchRow> {
  const one = await useWasm(1);
  yield await against(one);
  const all = await useWasm();
  if (all.threads > one.threads) yield await against(all);
}

async function against({ adapter, threads }: Device): Promise<BenchRow> {
  // A small rate: on noise the default one throws the loss upwards, and float32 rounding with it.
  const subject = createSubject('alexnet-compact', 32, { learningRate: 1e-3 });
  const torch = await startTorch(subject, 'cpu');
  try {
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await stepOnce(subject, true));
    assertAgree('loss of the first steps', losses, await torch.losses(4), 1e-4);
    const comparison = await alternate(
      () => stepTime(subject, STEPS),
      // As many threads as ours, so that neither side has more of the machine.
      () => torch.stepTime(STEPS, threads),
      ROUNDS,
    );
    const peer = `${torch.name}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    return rowOf(question, peer, { kind: 'speed', bound: 0.7 }, comparison, adapter);
  } finally {
    torch.close();
  }
}
