import { readFileSync } from 'node:fs';
import { importFiles } from '../../src/data/import-files.ts';
import { loadTask } from '../../src/data/image-set.ts';
import { fitPixels } from '../../src/data/fit.ts';
import { sharpDecoder } from '../../src/platform/node/sharp-decoder.ts';
import { gatherItems } from '../../src/session/batches.ts';
import { bytesSource, memoryStore } from '../../tests/data/memory-store.ts';
import { alternate } from '../harness/compare.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { sharedFile } from '../harness/shared.ts';
import { createSubject, stepTime, useBackend } from '../harness/subject.ts';

export const question = 'How long does training wait for a batch of real images (compact AlexNet, batch 32, wasm)?';

const BATCH = 32;
const CLASSES = 5;
const STEPS = 5;
const BATCHES = 200;
const ROUNDS = 7;

export async function run(): Promise<BenchRow[]> {
  const { adapter } = await useBackend('wasm');
  const subject = createSubject('alexnet-compact', BATCH);
  const { store } = memoryStore();
  const file = sharedFile('data/tiny-imagenet-mini.zip');
  const { dataset } = await importFiles([{ path: 'mini.zip', source: bytesSource('mini.zip', new Uint8Array(readFileSync(file))) }], store);
  if (!dataset) throw new Error(`${file} gave no dataset`);
  const reader = await store.reader(dataset.id);
  const { size, channels } = subject.model.input;
  const { train } = await loadTask(dataset.classes.slice(0, CLASSES).map(({ id }) => ({ reader, classId: id })), { size, channels, decoder: sharpDecoder(fitPixels) });
  const gather = async (): Promise<number> => {
    const start = performance.now();
    for (let b = 0; b < BATCHES; b++) {
      const items = Array.from({ length: BATCH }, (_, k) => ({ task: 0, index: (b * BATCH + k * 7) % train.length }));
      const { count } = await gatherItems(subject.model, items, () => train);
      if (count !== BATCH) throw new Error(`a batch of ${count}`);
    }
    return (performance.now() - start) / BATCHES;
  };
  const comparison = await alternate(gather, () => stepTime(subject, STEPS), ROUNDS);
  return [rowOf(question, 'the step that it is for', { kind: 'cost', bound: 0.03 }, comparison, adapter)];
}
