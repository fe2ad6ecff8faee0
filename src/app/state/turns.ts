/**
 * While a run trains, what says in numbers what the curves show takes turns: one card, or the curves' labels, a delivery of
 * events. All at once they cost the main thread more than the curves, and nobody reads them ten times a second. Pure.
 */
import type { EvaluationPoint, Metrics, RunPhase } from '../../core/protocol.ts';

const NUMBERS = ['tasks', 'labels', 'matrix', 'forgetting'] as const;
export type Numbers = (typeof NUMBERS)[number];

export interface Turns {
  /** The evaluation that each shows. */
  readonly seen: Readonly<Record<Numbers, EvaluationPoint | null>>;
  /** Index of what followed last. */
  readonly last: number;
  /** The metrics that all of them show. */
  readonly metrics: Metrics | null;
}

export const FIRST_TURN: Turns = { seen: allAt(null), last: NUMBERS.length - 1, metrics: null };

interface Told {
  readonly latest: EvaluationPoint | null;
  readonly metrics: Metrics | null;
  readonly phase: RunPhase;
}

/** Whether any is still behind the newest evaluation. */
export function isBehind({ seen }: Turns, { latest }: Told): boolean {
  return NUMBERS.some((numbers) => seen[numbers] !== latest);
}

/** Lets the next that is behind follow; all of them where nothing trains, or where a task's end changed the metrics. */
export function takeTurn(turns: Turns, told: Told): Turns {
  const { latest, metrics, phase } = told;
  if (!isBehind(turns, told) && metrics === turns.metrics) return turns;
  if (phase.kind !== 'training' || metrics !== turns.metrics || turns.seen.tasks === null) {
    return { seen: allAt(latest), last: turns.last, metrics };
  }
  for (let i = 1; i <= NUMBERS.length; i++) {
    const last = (turns.last + i) % NUMBERS.length;
    const next = NUMBERS[last]!;
    if (turns.seen[next] !== latest) return { seen: { ...turns.seen, [next]: latest }, last, metrics };
  }
  return turns;
}

function allAt(evaluation: EvaluationPoint | null): Turns['seen'] {
  return { tasks: evaluation, labels: evaluation, matrix: evaluation, forgetting: evaluation };
}
