/** "Predict first": a curve drawn before a task is trained, scored against what came. Pure. */
import type { EvaluationPoint } from '../../core/protocol.ts';

export interface PredictedPoint {
  readonly step: number;
  readonly accuracy: number;
}

export interface Prediction {
  /** The task whose accuracy is predicted. */
  readonly of: number;
  /** The task during whose training. */
  readonly during: number;
  /** Ascending by step. */
  readonly points: readonly PredictedPoint[];
}

/** Adds a point of the pointer's path; points that the path passes over again are replaced, so that the curve has one value a step. */
export function drawTo(prediction: Prediction, from: PredictedPoint | null, to: PredictedPoint): Prediction {
  const low = Math.min(from?.step ?? to.step, to.step);
  const high = Math.max(from?.step ?? to.step, to.step);
  const kept = prediction.points.filter((point) => point.step < low || point.step > high);
  const ends = from === null || from.step === to.step ? [to] : [from, to];
  return { ...prediction, points: [...kept, ...ends].sort((a, b) => a.step - b.step) };
}

/** A curve that leaves the present accuracy at once and settles at an end value: what the slider draws. */
export function settleAt(of: number, during: number, start: PredictedPoint, endStep: number, end: number): Prediction {
  const COUNT = 12;
  const points = Array.from({ length: COUNT + 1 }, (_, i) => {
    const share = i / COUNT;
    return { step: Math.round(start.step + (endStep - start.step) * share), accuracy: end + (start.accuracy - end) * Math.exp(-5 * share) };
  });
  return { of, during, points: [...points.slice(0, -1), { step: endStep, accuracy: end }] };
}

/** The predicted accuracy at a step, between points in a straight line, beyond them as at the nearest; null for no points. */
export function predictedAt({ points }: Prediction, step: number): number | null {
  const after = points.findIndex((point) => point.step >= step);
  if (after < 0) return points.at(-1)?.accuracy ?? null;
  const [a, b] = [points[after - 1], points[after]!];
  if (!a || b.step === a.step) return b.accuracy;
  return a.accuracy + ((b.accuracy - a.accuracy) * (step - a.step)) / (b.step - a.step);
}

export interface Score {
  /** Mean absolute difference over the evaluations, a fraction. */
  readonly meanError: number;
  readonly expectedEnd: number;
  readonly realEnd: number;
  /** How far accuracy moved while the task was trained: negative is forgetting. */
  readonly realChange: number;
}

/** null until the task ended, or where nothing was drawn. */
export function scorePrediction(prediction: Prediction, evaluations: readonly EvaluationPoint[]): Score | null {
  const during = evaluations.filter((point) => point.task === prediction.during && (point.accuracy[prediction.of] ?? null) !== null);
  const last = during.at(-1);
  const before = evaluations.findLast((point) => point.task < prediction.during && (point.accuracy[prediction.of] ?? null) !== null);
  if (!last?.full || !before) return null;
  let sum = 0;
  for (const point of during) {
    const expected = predictedAt(prediction, point.step);
    if (expected === null) return null;
    sum += Math.abs(expected - point.accuracy[prediction.of]!);
  }
  const realEnd = last.accuracy[prediction.of]!;
  return { meanError: sum / during.length, expectedEnd: predictedAt(prediction, last.step)!, realEnd, realChange: realEnd - before.accuracy[prediction.of]! };
}

/** Why it came so: which of the explanations fits the numbers and the settings. */
export function reasonOf({ realChange }: Score, protecting: boolean): 'free' | 'held' | 'weak' | 'shared' {
  if (!protecting) return realChange < -0.05 ? 'free' : 'shared';
  return realChange < -0.05 ? 'weak' : 'held';
}
