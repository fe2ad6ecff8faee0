/**
 * While a run trains, what follows an evaluation beside the accuracy curves takes turns, one a delivery of events: numbers on a
 * card, the curves' labels, the curves of the losses, the story. All at once they cost the main thread more than the accuracy curves, and
 * nobody reads them ten times a second. The list of tasks takes two turns: accuracies, then what each task has lost. Pure.
 */
import type { EvaluationPoint, Metrics, RunPhase } from '../../core/protocol.ts';

const FOLLOWERS = ['tasks', 'drops', 'labels', 'matrix', 'forgetting', 'losses', 'story'] as const;
export type Follower = (typeof FOLLOWERS)[number];

export interface Turns {
  /** The evaluation that each shows. */
  readonly seen: Readonly<Record<Follower, EvaluationPoint | null>>;
  /** Index of what followed last. */
  readonly last: number;
  /** The metrics that all of them show. */
  readonly metrics: Metrics | null;
}

export const FIRST_TURN: Turns = { seen: allAt(null), last: FOLLOWERS.length - 1, metrics: null };

interface Told {
  readonly latest: EvaluationPoint | null;
  readonly metrics: Metrics | null;
  readonly phase: RunPhase;
}

/** Whether any is still behind the newest evaluation. */
export function isBehind({ seen }: Turns, { latest }: Told): boolean {
  return FOLLOWERS.some((follower) => seen[follower] !== latest);
}

/** Lets the next that is behind follow; all of them where nothing trains, or where a task's end changed the metrics. */
export function takeTurn(turns: Turns, told: Told): Turns {
  const { latest, metrics, phase } = told;
  if (!isBehind(turns, told) && metrics === turns.metrics) return turns;
  if (phase.kind !== 'training' || metrics !== turns.metrics || turns.seen.tasks === null) {
    return { seen: allAt(latest), last: turns.last, metrics };
  }
  for (let i = 1; i <= FOLLOWERS.length; i++) {
    const last = (turns.last + i) % FOLLOWERS.length;
    const next = FOLLOWERS[last]!;
    if (turns.seen[next] !== latest) return { seen: { ...turns.seen, [next]: latest }, last, metrics };
  }
  return turns;
}

function allAt(evaluation: EvaluationPoint | null): Turns['seen'] {
  return { tasks: evaluation, drops: evaluation, labels: evaluation, matrix: evaluation, forgetting: evaluation, losses: evaluation, story: evaluation };
}
