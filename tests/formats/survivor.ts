/**
 * Injures and cuts one file of `reference/formats` and reads what is left: `survivor.ts NAME ROUNDS`. A process of its own,
 * because a test runner's way of importing makes the interpreter three times slower. Prints a {@link SurvivalReport}.
 */
import { LabError } from '../../src/core/errors.ts';
import { createRandom } from '../../src/core/random.ts';
import { elementCount, type NamedTensor } from '../../src/formats/named-tensors.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { readShared } from '../helpers/shared.ts';
import { injurerOf } from './injuries.ts';
import { reached } from './recording-globals.ts';

export interface SurvivalReport {
  /** Lengths at which the file, cut short, was taken all the same. */
  readonly acceptedLengths: readonly number[];
  readonly rounds: number;
  /** Injured files that were read, rightly or not. */
  readonly survived: number;
  /** What must not be, in words. */
  readonly wrong: readonly string[];
  /** Every global that a pickle was given or that was called. */
  readonly reached: readonly string[];
}

const MAX_MS = 1_000;
/** What every file may take besides three times its own size. */
const FLOOR_BYTES = 2 ** 20;

const [name, rounds] = process.argv.slice(2);
if (name === undefined || rounds === undefined) throw new Error('survivor.ts wants a name and a number of rounds');
// Nobody reads these stacks, and taking them would cost more than reading the files.
Error.stackTraceLimit = 0;
const whole = readShared(`reference/formats/${name}`);
process.stdout.write(JSON.stringify({ acceptedLengths: cut(whole, name), ...injured(whole, name, Number(rounds)), reached: [...reached] } satisfies SurvivalReport));

function cut(file: Uint8Array, fileName: string): number[] {
  const accepted: number[] = [];
  for (let length = 0; length < file.length; length++) {
    if (timely(file.subarray(0, length), fileName) !== null) accepted.push(length);
  }
  return accepted;
}

function injured(file: Uint8Array, fileName: string, count: number): Pick<SurvivalReport, 'rounds' | 'survived' | 'wrong'> {
  const injure = injurerOf(file);
  const random = createRandom(1, 'injuries', fileName);
  const wrong: string[] = [];
  let survived = 0;
  for (let round = 0; round < count; round++) {
    const hurt = injure(random);
    const tensors = timely(hurt, fileName);
    if (tensors === null) continue;
    survived++;
    for (const { name: tensor, shape, data } of tensors) {
      if (data.length !== elementCount(shape)) wrong.push(`round ${round}: ${tensor} [${shape.join(', ')}] has ${data.length} values`);
    }
    const copied = copiedBytes(tensors, hurt);
    if (copied > 3 * hurt.length + FLOOR_BYTES) wrong.push(`round ${round}: ${copied} bytes for a file of ${hurt.length}`);
  }
  return { rounds: count, survived, wrong };
}

/** @throws Error where the same bytes take longer than a second each time: once may be a busy machine's doing */
function timely(bytes: Uint8Array, fileName: string): readonly NamedTensor[] | null {
  for (let attempt = 0; ; attempt++) {
    const started = performance.now();
    const tensors = outcome(bytes, fileName);
    const elapsedMs = performance.now() - started;
    if (elapsedMs <= MAX_MS) return tensors;
    if (attempt === 2) throw new Error(`${fileName}: ${elapsedMs.toFixed(0)} ms for ${bytes.length} bytes`);
  }
}

/** The tensors of a file, or null where it was refused as it should be. */
function outcome(bytes: Uint8Array, fileName: string): readonly NamedTensor[] | null {
  try {
    return readWeightFile(bytes, fileName).tensors;
  } catch (error) {
    if (!(error instanceof LabError) || !error.message.startsWith(`${fileName}: `)) throw error;
    return null;
  }
}

/** Bytes that a result holds besides the file itself. */
function copiedBytes(tensors: readonly NamedTensor[], file: Uint8Array): number {
  const buffers = new Set(tensors.map(({ data }) => data.buffer).filter((buffer) => buffer !== file.buffer));
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
}
