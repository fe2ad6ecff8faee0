import { imageShapeAt } from '../../src/engine/model/layout.ts';
import { stepOperations } from '../../src/engine/model/operations.ts';
import { headLayer, isParametric, type ConvLayer, type ModelSpec } from '../../src/engine/model/spec.ts';
import { winogradMultiplyAdds, winogradPays } from '../../src/kernels/wasm/winograd.ts';
import { alternate } from '../harness/compare.ts';
import { peakMeter } from '../harness/peak-rate.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { createSubject, stepOnce, stepTime, useBackend } from '../harness/subject.ts';

export const question = 'How near does a training step come to the highest rate of multiply-adds its threads reach (compact AlexNet, batch 32)? Those of its products that are really done, fewer in Winograd’s form; its transforms, pooling and updates take time and count as none';

const BATCH = 32;
const STEPS = 3;
const ROUNDS = 9;

export async function run(): Promise<BenchRow[]> {
  const { adapter, threads } = await useBackend('wasm');
  const subject = createSubject('alexnet-compact', BATCH);
  await stepOnce(subject, true);
  const classes = subject.network.heads[0]!.get('fc.bias')!.size;
  const operations = doneOperations(subject.model, classes, BATCH);
  console.log(`  ${(operations / 1e9).toFixed(2)} GFLOP done a step, ${(stepOperations(subject.model, classes, BATCH) / 1e9).toFixed(2)} as direct convolutions`);
  const peak = await peakMeter(threads);
  const comparison = await alternate(async () => operations / (await stepTime(subject, STEPS)) / 1e6, () => peak.rate(), ROUNDS);
  await peak.close();
  // Rates, unlike times, are better where they are higher.
  const row = rowOf(question, 'multiply-adds in registers alone, relaxed SIMD', { kind: 'cost', bound: 1 }, comparison, adapter, 'GFLOP/s');
  return [{ ...row, aim: '≥ 0.6', met: row.ratio >= 0.6 }];
}

/**
 * Floating-point operations of a step's products as the wasm kernels really do them, a multiply-add as two: forward, weight gradient, and
 * input gradient but for the first layer's, whose input is the images. Transforms, pooling and updates count as none.
 */
function doneOperations(model: ModelSpec, classes: number, batch: number): number {
  return [...model.layers, headLayer(model, classes)].reduce((sum, layer, index) => {
    if (!isParametric(layer)) return sum;
    const passes = layer.kind === 'conv' ? convolutionPasses(layer, imageShapeAt(model, index)[0], imageShapeAt(model, index + 1)[0]) : Array<number>(3).fill(layer.inFeatures * layer.outFeatures);
    return sum + 2 * batch * passes.slice(0, index === 0 ? 2 : 3).reduce((a, b) => a + b, 0);
  }, 0);
}

/** Multiply-adds an image of forward, weight gradient and input gradient, each in the form that its kernel chooses. */
function convolutionPasses({ kernel, inChannels, outChannels, stride }: ConvLayer, size: number, sizeOut: number): number[] {
  const direct = sizeOut ** 2 * kernel ** 2 * inChannels * outChannels;
  const inForm = (filter: readonly [number, number, number, number], side: number): number =>
    winogradPays({ stride, filter, output: [side, side] }) ? winogradMultiplyAdds(filter, [side, side]) : direct;
  const filter = [kernel, kernel, inChannels, outChannels] as const;
  return [inForm(filter, sizeOut), inForm(filter, sizeOut), inForm(filter, size)];
}
