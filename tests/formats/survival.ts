/**
 * What must hold of a reader whatever the bytes: it returns tensors or throws a LabError that names the file; within a
 * second, with copies of at most three times the file, and without a call outside the allow-list.
 */
import { describe, expect, it, vi } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { createRandom } from '../../src/core/random.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { elementCount } from '../../src/formats/named-tensors.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { readShared } from '../helpers/shared.ts';
import { ALLOWED, FILES } from './expected-files.ts';
import { injurerOf } from './injuries.ts';

const ROUNDS = 100_000;
const MAX_MS = 1_000;
/** What every file may take besides three times its own size. */
const FLOOR_BYTES = 2 ** 20;

/** Every global that a pickle was given or that was called, whatever became of it. */
const reached = vi.hoisted(() => new Set<string>());

vi.mock('../../src/formats/pickle/globals.ts', async (importOriginal) => {
  const own = await importOriginal<typeof import('../../src/formats/pickle/globals.ts')>();
  return {
    ...own,
    findGlobal(...args: Parameters<typeof own.findGlobal>) {
      const found = own.findGlobal(...args);
      reached.add(`${found.module}.${found.name}`);
      return found;
    },
    callGlobal(...args: Parameters<typeof own.callGlobal>) {
      const value = own.callGlobal(...args);
      const [callable] = args;
      reached.add(typeof callable === 'object' && callable?.kind === 'global' ? `${callable.module}.${callable.name}` : String(callable));
      return value;
    },
  };
});

export const ACCEPTED = FILES.filter(([, { parse }]) => parse === 'accept').map(([name, { container }]) => ({ name, container }));

/** Tests that each of these files survives 100,000 sets of injuries, and truncation at every byte. */
export function testSurvival(names: readonly string[]): void {
  // Nobody reads these stacks, and taking three million of them would cost more than reading the files.
  Error.stackTraceLimit = 0;

  describe('truncation', () => {
    it.each(names)('%s is refused at every length', (name) => {
      const whole = readShared(`reference/formats/${name}`);
      const accepted: number[] = [];
      for (let length = 0; length < whole.length; length++) {
        if (outcome(whole.subarray(0, length), name) !== null) accepted.push(length);
      }
      expect(accepted).toEqual([]);
    });
  });

  describe(`${ROUNDS.toLocaleString('en')} random injuries`, () => {
    it.each(names)('%s', (name) => {
      const injured = injurerOf(readShared(`reference/formats/${name}`));
      const random = createRandom(1, 'injuries', name);
      let survived = 0;
      const wrong: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const hurt = injured(random);
        const tensors = timely(hurt, name);
        if (tensors === null) continue;
        survived++;
        for (const { name: tensor, shape, data } of tensors) {
          if (data.length !== elementCount(shape)) wrong.push(`round ${round}: ${tensor} [${shape.join(', ')}] has ${data.length} values`);
        }
        const copied = copiedBytes(tensors, hurt);
        if (copied > 3 * hurt.length + FLOOR_BYTES) wrong.push(`round ${round}: ${copied} bytes for a file of ${hurt.length}`);
      }
      expect(wrong).toEqual([]);
      // Injuries that all die at the door would test nothing behind it.
      expect(survived).toBeGreaterThan(ROUNDS / 1000);
      expect([...reached].filter((global) => !ALLOWED.includes(global))).toEqual([]);
    });
  });
}

/** @throws Error where the same bytes take longer than a second each time: once may be a busy machine's doing */
function timely(bytes: Uint8Array, name: string): readonly NamedTensor[] | null {
  for (let attempt = 0; ; attempt++) {
    const started = performance.now();
    const tensors = outcome(bytes, name);
    const elapsedMs = performance.now() - started;
    if (elapsedMs <= MAX_MS) return tensors;
    if (attempt === 2) throw new Error(`${name}: ${elapsedMs.toFixed(0)} ms for ${bytes.length} bytes`);
  }
}

/** The tensors of a file, or null where it was refused as it should be. */
function outcome(bytes: Uint8Array, name: string): readonly NamedTensor[] | null {
  try {
    return readWeightFile(bytes, name).tensors;
  } catch (error) {
    if (!(error instanceof LabError) || !error.message.startsWith(`${name}: `)) throw error;
    return null;
  }
}

/** Bytes that a result holds besides the file itself. */
function copiedBytes(tensors: readonly NamedTensor[], file: Uint8Array): number {
  const buffers = new Set(tensors.map(({ data }) => data.buffer).filter((buffer) => buffer !== file.buffer));
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
}
