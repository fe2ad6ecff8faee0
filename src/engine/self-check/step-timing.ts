/** How long a training step takes here, the lab's beside stock TensorFlow.js's, in turns on the same device. */
import { tensor } from '@tensorflow/tfjs-core';
import { DEFAULT_CONFIG } from '../../core/config.ts';
import type { TimingCheck } from '../../core/self-check-report.ts';
import { createRandom } from '../../core/random.ts';
import type { ImageTensor } from '../device.ts';
import { createMethod } from '../methods/registry.ts';
import { modelSpec } from '../model/models.ts';
import { trainableParams } from '../model/spec.ts';
import { addHead, createNetwork, disposeNetwork } from '../network-state.ts';
import { Trainer } from '../trainer.ts';

const BATCH = 32;
const ROUNDS = 5;
/** So small that weights and losses hardly move: both sides go on computing the same. */
const CONFIG = { ...DEFAULT_CONFIG, method: 'finetune', lambda: 0, learningRate: 1e-4, batchSize: BATCH } as const;

export async function timeSteps(now: () => number, breathe: () => Promise<void>): Promise<TimingCheck> {
  // The whole package, only here: its tape and optimizer are what the lab is measured against.
  const { stockStep } = await import('./stock-step.ts');
  const model = modelSpec('alexnet-compact', 0);
  const network = createNetwork(model, 1);
  addHead(network, 5, 1);
  const random = createRandom(1, 'self-check');
  const { size, channels } = model.input;
  const x = tensor(Float32Array.from({ length: BATCH * size * size * channels }, random.normal), [BATCH, size, size, channels]) as ImageTensor;
  const labels = Int32Array.from({ length: BATCH }, (_, k) => k % 5);
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
  try {
    const [ourLoss, stockLoss] = [await ourStep(), await stock.step(true)];
    const labMs: number[] = [];
    const stockMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let started = now();
      await ourStep();
      labMs.push(now() - started);
      started = now();
      await stock.step(true);
      stockMs.push(now() - started);
      await breathe();
    }
    return {
      what: `one training step, ${model.id}, ${BATCH} images`,
      labMs: middle(labMs),
      stockMs: middle(stockMs),
      ratio: middle(stockMs) / middle(labMs),
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
