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
  const step = niceStep((max - min) / count);
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
  const nice = [1, 2, 2.5, 5, 10].find((candidate) => mantissa <= candidate * (1 + 1e-9)) ?? 10;
  // Steps of a run are whole: 2.5 only from tens on.
  return (nice === 2.5 && power < 10 && power >= 1 ? 5 : nice) * power;
}
