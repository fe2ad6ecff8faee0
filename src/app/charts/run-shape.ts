/** The run along the step axis: which task trains where, as far as known and as expected. */
import type { RunConfig } from '../../core/config.ts';
import type { EvaluationPoint, TaskSummary } from '../../core/protocol.ts';

export interface Segment {
  readonly task: number;
  readonly start: number;
  readonly end: number;
}

export interface RunShape {
  readonly segments: readonly Segment[];
  /** Right end of the axis. */
  readonly total: number;
}

/**
 * @param tasks       of the run, or as planned
 * @param config      epochs and batch size give what is still expected
 * @param evaluations of the run so far: the full ones mark where tasks ended
 * @param lastStep    of the run so far; the axis always reaches it
 */
export function runShape(
  tasks: readonly TaskSummary[],
  config: Pick<RunConfig, 'epochs' | 'batchSize'>,
  evaluations: readonly EvaluationPoint[],
  lastStep: number,
): RunShape {
  const ends = new Map<number, number>();
  for (const point of evaluations) if (point.full) ends.set(point.task, point.step);
  const segments: Segment[] = [];
  let start = 0;
  for (const task of tasks) {
    const expected = start + Math.max(1, Math.ceil(task.trainCount / config.batchSize)) * config.epochs;
    const end = ends.get(task.index) ?? expected;
    segments.push({ task: task.index, start, end });
    start = end;
  }
  return { segments, total: Math.max(start, lastStep, 1) };
}

export function sameShape(a: RunShape, b: RunShape): boolean {
  return (
    a.total === b.total && a.segments.length === b.segments.length &&
    a.segments.every(({ task, start, end }, i) => {
      const other = b.segments[i]!;
      return task === other.task && start === other.start && end === other.end;
    })
  );
}

/** About `count` round numbers from min to max; the ends themselves only where they are round. */
export function niceTicks(min: number, max: number, count: number): number[] {
  return multiples(niceStep((max - min) / count), min, max);
}

/** The same for training steps, of which there are no fractions: fewer numbers where the range is short. */
export function stepTicks(min: number, max: number, count: number): number[] {
  const step = niceStep((max - min) / count);
  // Whole steps begin at one, and of 2.5 no multiple is taken.
  return multiples(step < 1 ? 1 : step === 2.5 ? 5 : step, min, max);
}

/** At most so many decades on a log axis: a penalty starts far below anything that can be told apart. */
const MOST_DECADES = 4;
/** From this many on, 1-2-5 would be too close to one another. */
const MOST_LOG_TICKS = 6;

/**
 * A log axis for values from `smallest` to `largest`.
 * @param smallest the least value above zero; Infinity where there is none
 * @param top      the axis' upper end, round
 */
export function logAxis(smallest: number, top: number): { readonly bottom: number; readonly ticks: readonly number[] } {
  const highest = Math.floor(Math.log10(top) + 1e-9);
  const lowest = Math.max(highest - MOST_DECADES, Math.min(highest - 1, Math.floor(Math.log10(Math.min(smallest, top)))));
  const numbers = (mantissas: readonly number[]): number[] =>
    Array.from({ length: highest - lowest + 1 }, (_, k) => mantissas.map((mantissa) => Number(`${mantissa}e${lowest + k}`))).flat().filter((value) => value <= top * (1 + 1e-9));
  const fine = numbers([1, 2, 5]);
  return { bottom: Number(`1e${lowest}`), ticks: fine.length <= MOST_LOG_TICKS ? fine : numbers([1]) };
}

function multiples(step: number, min: number, max: number): number[] {
  const ticks: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** The next round number at or above a value: an axis that ends there changes rarely while data grow. */
export function niceCeil(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const mantissa = value / power;
  const nice = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((candidate) => mantissa <= candidate * (1 + 1e-9)) ?? 10;
  return Number((nice * power).toPrecision(12));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const mantissa = rough / power;
  return ([1, 2, 2.5, 5, 10].find((candidate) => mantissa <= candidate * (1 + 1e-9)) ?? 10) * power;
}
