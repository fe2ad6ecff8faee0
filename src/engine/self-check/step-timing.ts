/** How long a training step takes here, the lab's beside stock TensorFlow.js's, in turns on the same device. */
import { tensor } from '@tensorflow/tfjs-core';
import { DEFAULT_CONFIG, type ModelId } from '../../core/config.ts';
import type { TimingCheck } from '../../core/self-check-report.ts';
import { createRandom } from '../../core/random.ts';
import type { ImageTensor } from '../device.ts';
import { createMethod } from '../methods/registry.ts';
import { modelSpec } from '../model/models.ts';
import { stepOperations } from '../model/operations.ts';
import { trainableParams } from '../model/spec.ts';
import { addHead, createNetwork, disposeNetwork } from '../network-state.ts';
import { Trainer } from '../trainer.ts';

/** What is timed: the small one anywhere, the other where it does not take minutes, as on a GPU that is a program. */
const SMALL = { id: 'small-conv', batch: 8 } as const;
const USUAL = { id: 'alexnet-compact', batch: 32 } as const;
const CLASSES = 5;
const ROUNDS = 5;
/** Most that a round of both sides may take on the usual subject, judged by the small one. */
const LONGEST_ROUND_MS = 5_000;
/** So small that weights and losses hardly move: both sides go on computing the same. */
const CONFIG = { ...DEFAULT_CONFIG, method: 'finetune', lambda: 0, learningRate: 1e-4 } as const;

interface Subject {
  readonly id: ModelId;
  readonly batch: number;
}

/** Times of single steps, in milliseconds, in turns. */
interface Round {
  readonly labMs: number;
  readonly stockMs: number;
}

/**
 * Times the largest network that this device takes in reasonable time.
 * @param now milliseconds of a steady clock
 * @param goOn asked between rounds, lets messages in; false ends it
 * @returns null where it was ended
 */
export async function timeSteps(now: () => number, goOn: () => Promise<boolean>): Promise<TimingCheck | null> {
  const small = await timed(SMALL, now, goOn);
  if (!small || (small.labMs + small.stockMs) * (operations(USUAL) / operations(SMALL)) > LONGEST_ROUND_MS) return small;
  return timed(USUAL, now, goOn);
}

function operations({ id, batch }: Subject): number {
  return stepOperations(modelSpec(id, 0), CLASSES, batch);
}

async function timed({ id, batch }: Subject, now: () => number, goOn: () => Promise<boolean>): Promise<TimingCheck | null> {
  // The whole package, only here: its tape and optimizer are what the lab is measured against.
  const { stockStep } = await import('./stock-step.ts');
  const model = modelSpec(id, 0);
  const network = createNetwork(model, 1);
  addHead(network, CLASSES, 1);
  const random = createRandom(1, 'self-check');
  const { size, channels } = model.input;
  const x = tensor(Float32Array.from({ length: batch * size * size * channels }, random.normal), [batch, size, size, channels]) as ImageTensor;
  const labels = Int32Array.from({ length: batch }, (_, k) => k % CLASSES);
  const method = createMethod(CONFIG);
  const trainer = new Trainer(network, trainableParams(model, 5), method, CONFIG);
  const stock = stockStep({ network, config: CONFIG, batch: { x }, labels });
  const ourStep = async (): Promise<number> => {
    const loss = trainer.step(0, { x, segments: [{ task: 0, labels }] }, { ...CONFIG, dropoutSeed: 0 });
    // Reading it waits for the device.
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  };
  const timeOf = async (step: () => Promise<number>): Promise<number> => {
    const started = now();
    await step();
    return now() - started;
  };
  try {
    // The first ones compile, and say whether both compute the same.
    const ourLoss = await ourStep();
    if (!(await goOn())) return null;
    const stockLoss = await stock.step(true);
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS) {
      if (!(await goOn())) return null;
      rounds.push({ labMs: await timeOf(ourStep), stockMs: await timeOf(() => stock.step(true)) });
    }
    const labMs = middle(rounds.map((round) => round.labMs));
    const stockMs = middle(rounds.map((round) => round.stockMs));
    return {
      what: `one training step, ${model.id}, ${batch} images`,
      labMs,
      stockMs,
      ratio: stockMs / labMs,
      lossGap: Math.abs(ourLoss - stockLoss) / stockLoss,
    };
  } finally {
    stock.dispose();
    trainer.dispose();
    method.dispose();
    disposeNetwork(network);
    x.dispose();
  }
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
