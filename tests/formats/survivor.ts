/**
 * Injures and cuts one file of `reference/formats` and reads what is left: `survivor.ts NAME ROUNDS`. A process of its own,
 * because a test runner's way of importing makes the interpreter three times slower. Prints a {@link SurvivalReport}.
 */
import { getHeapStatistics } from 'node:v8';
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
  /** The most memory that reading one injured or cut file took beyond what the budget gives it, in bytes; negative: it kept within. */
  readonly mostBeyondBudget: number;
  /** What must not be, in words. */
  readonly wrong: readonly string[];
  /** Every global that a pickle was given or that was called. */
  readonly reached: readonly string[];
}

const MAX_MS = 1_000;
/** Times its own size that a file may take besides itself. */
const MOST_TIMES = 3;
/** And what any may take, however small: decoders, messages, the interpreter's own. */
const FLOOR_BYTES = 2 ** 20;
/** As often a reading is repeated whose memory a collection of garbage hid, or the interpreter's own work raised. */
const REPEATS = 5;

const [name, rounds] = process.argv.slice(2);
if (name === undefined || rounds === undefined) throw new Error('survivor.ts wants a name and a number of rounds');
// Nobody reads these stacks, and taking them would cost more than reading the files.
Error.stackTraceLimit = 0;
const whole = readShared(`reference/formats/${name}`);
let mostBeyondBudget = -Infinity;
// What is compiled and cached at the first reading is no file's.
outcome(whole, name);
const report = { acceptedLengths: cut(whole, name), ...(await injured(whole, name, Number(rounds))), reached: [...reached] };
process.stdout.write(JSON.stringify({ ...report, mostBeyondBudget } satisfies SurvivalReport));

function cut(file: Uint8Array, fileName: string): number[] {
  const accepted: number[] = [];
  for (let length = 0; length < file.length; length++) {
    if (timely(file.subarray(0, length), fileName) !== null) accepted.push(length);
  }
  return accepted;
}

async function injured(file: Uint8Array, fileName: string, count: number): Promise<Pick<SurvivalReport, 'rounds' | 'survived' | 'wrong'>> {
  const injure = await injurerOf(file);
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
  }
  return { rounds: count, survived, wrong };
}

/** @throws Error where the same bytes take longer than a second each time: once may be a busy machine's doing */
function timely(bytes: Uint8Array, fileName: string): readonly NamedTensor[] | null {
  for (let attempt = 0; ; attempt++) {
    const started = performance.now();
    const tensors = measured(bytes, fileName);
    const elapsedMs = performance.now() - started;
    if (elapsedMs <= MAX_MS) return tensors;
    if (attempt === 2) throw new Error(`${fileName}: ${elapsedMs.toFixed(0)} ms for ${bytes.length} bytes`);
  }
}

/** As {@link outcome}, and notes what it took: every byte on the heap and outside of it, those that are garbage by now included. */
function measured(bytes: Uint8Array, fileName: string): readonly NamedTensor[] | null {
  for (let attempt = 0; ; attempt++) {
    const before = memoryBytes();
    const tensors = outcome(bytes, fileName);
    const taken = memoryBytes() - before;
    const beyondBudget = taken - MOST_TIMES * bytes.length - FLOOR_BYTES;
    // It cannot have taken nothing: garbage was collected meanwhile. Too much once may be code compiled in the background just then, of
    // which three million readings meet some; what a file takes, it takes each time.
    if ((taken <= 0 || beyondBudget > 0) && attempt < REPEATS) continue;
    mostBeyondBudget = Math.max(mostBeyondBudget, beyondBudget);
    return tensors;
  }
}

function memoryBytes(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
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
