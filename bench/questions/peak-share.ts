import { imageShapeAt } from '../../src/engine/model/layout.ts';
import { headLayer, isParametric, type ModelSpec } from '../../src/engine/model/spec.ts';
import { alternate } from '../harness/compare.ts';
import { peakMeter } from '../harness/peak-rate.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, stepOnce, stepTime, useBackend } from '../harness/subject.ts';

export const question = 'How near does a training step come to the highest rate of multiply-adds its threads reach (compact AlexNet, batch 32)? Counted as direct convolutions; Winograd’s form needs fewer, so 1 is no limit';

const BATCH = 32;
const STEPS = 3;
const ROUNDS = 9;

export async function run(): Promise<BenchRow[]> {
  const { adapter, threads } = await useBackend('wasm');
  const subject = createSubject('alexnet-compact', BATCH);
  await stepOnce(subject, true);
  const operations = stepOperations(subject.model, subject.network.heads[0]!.get('fc.bias')!.size, BATCH);
  const peak = await peakMeter(threads);
  const comparison = await alternate(async () => operations / (await stepTime(subject, STEPS)) / 1e6, () => peak.rate(), ROUNDS);
  await peak.close();
  // Rates, unlike times, are better where they are higher.
  const row = rowOf(question, 'multiply-adds in registers alone, relaxed SIMD', { kind: 'cost', bound: 1 }, comparison, adapter, 'GFLOP/s');
  return [{ ...row, aim: '≥ 0.6', met: row.ratio >= 0.6 }];
}

/** Floating-point operations of a step's products as defined, however they are computed, a multiply-add as two: forward, weight gradient, and input gradient but for the images. */
function stepOperations(model: ModelSpec, classes: number, batch: number): number {
  return [...model.layers, headLayer(model, classes)].reduce((sum, layer, index) => {
    if (!isParametric(layer)) return sum;
    const [size] = imageShapeAt(model, index + 1);
    const forward = layer.kind === 'conv' ? size * size * layer.outChannels * layer.inChannels * layer.kernel ** 2 : layer.inFeatures * layer.outFeatures;
    return sum + 2 * batch * forward * (index === 0 ? 2 : 3);
  }, 0);
}
