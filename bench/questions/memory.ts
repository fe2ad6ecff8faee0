import * as tf from '@tensorflow/tfjs-core';
import type { ModelId } from '../../src/core/config.ts';
import { disposeTrace, firstTrained, forward } from '../../src/engine/network.ts';
import { consolidate } from '../harness/consolidate.ts';
import type { BenchRow } from '../harness/row.ts';
import { createSubject, stepOnce, type Subject, useBackend } from '../harness/subject.ts';
import { type HeapMeter, meterHeap } from '../harness/wasm-heap.ts';

export const question = 'How much memory does a MAS step take at its highest against the sum of what must be kept?';

const MAX_RATIO = 1.15;

export async function run(): Promise<BenchRow[]> {
  const { adapter } = await useBackend('wasm');
  const meter = meterHeap();
  const rows: BenchRow[] = [];
  for (const [model, batchSize] of [['alexnet-compact', 32], ['alexnet-64', 8]] as const) rows.push(await measure(model, batchSize, meter, adapter));
  return rows;
}

async function measure(id: ModelId, batchSize: number, meter: HeapMeter, adapter: string): Promise<BenchRow> {
  const before = meter.liveBytes;
  const subject = createSubject(id, batchSize, { method: 'mas', lambda: 0.3 });
  await consolidate(subject);
  // The first step makes the momentum buffers.
  await stepOnce(subject, true);
  meter.reset();
  await stepOnce(subject, true);
  const peak = meter.peakBytes - before;
  const needed = keptBytes(subject);
  dispose(subject);
  return {
    question: `${question} (${id}, batch ${batchSize})`,
    peer: 'parameters, gradients, momentum, Ω, θ*, the batch and the activations that backward reads',
    ratio: peak / needed,
    aim: `≤ ${MAX_RATIO}`,
    met: peak / needed <= MAX_RATIO,
    ours: peak / 1e6,
    theirs: needed / 1e6,
    unit: 'MB',
    adapter,
  };
}

function keptBytes({ model, network, trained, batch }: Subject): number {
  const heads = network.heads.flatMap((head) => [...head.values()]);
  const shared = [...network.backbone].filter(([name]) => trained.has(name)).map(([, tensor]) => tensor);
  const trace = forward(model, network.backbone, batch.x, { keepFrom: firstTrained(model, trained), dropoutSeed: null });
  // A reshape shares its tensor's memory: each counts once.
  const kept = new Map(trace.values.filter((value) => value !== null).map((value) => [value.dataId, value.size]));
  kept.set(batch.x.dataId, batch.x.size);
  disposeTrace(trace, batch.x);
  const activations = [...kept.values()].reduce((a, b) => a + b, 0);
  // Of what is trained, values, gradients and momentum; of the backbone, Ω and θ* besides.
  return 4 * (3 * count([...shared, ...heads]) + 2 * count(shared) + activations);
}

function count(tensors: readonly tf.Tensor[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

function dispose({ network, method, trainer, batch }: Subject): void {
  trainer.dispose();
  method.dispose();
  tf.dispose([batch.x, ...network.backbone.values(), ...network.heads.flatMap((head) => [...head.values()])]);
}
