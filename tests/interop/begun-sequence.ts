import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { joinBytes, sourceOf } from '../../src/formats/byte-source.ts';
import { zipSource } from '../../src/formats/zip-write.ts';
import { sharedPath } from '../helpers/shared.ts';
import { runTorch } from '../helpers/torch-python.ts';

/** Tasks that PyTorch learns of Tiny-ImageNet's miniature, cut in order of the class ids, and classes of each. */
export const FINISHED = 2;
export const CLASSES = 5;

export interface BegunSequence {
  /** The seed's tree as one zip. */
  readonly archive: Uint8Array<ArrayBuffer>;
  /** Of each head on its task's test images, a fraction. */
  readonly accuracy: readonly number[];
  /** The same right after learning it. */
  readonly learned: readonly number[];
}

/** Runs `begin_sequence.py`. @param out folder for the tree, made here */
export async function beginInTorch(out: string): Promise<BegunSequence> {
  const script = readFileSync(join(import.meta.dirname, 'begin_sequence.py'), 'utf8');
  const printed = runTorch(script, [out, sharedPath('data/tiny-imagenet-mini.zip'), join(import.meta.dirname, '../../examples/pytorch'), String(FINISHED), String(CLASSES)]);
  const { accuracy, learned } = JSON.parse(printed.trim().split('\n').at(-1)!) as { accuracy: number[]; learned: number[] };
  const names = ['shared_model.pth', 'reg_params.pickle', ...accuracy.flatMap((_, k) => ['head.pth', 'classes.txt', 'performance.txt'].map((name) => `Task_${k + 1}/${name}`))];
  const files = names.map((name) => ({ path: `models/${name}`, content: sourceOf(new Uint8Array(readFileSync(join(out, 'models', name)))) }));
  return { archive: await joinBytes(zipSource(files)), accuracy, learned };
}
