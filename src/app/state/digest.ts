/**
 * A short fingerprint of a run's accuracies that a link can carry, so that whoever repeats the run is told whether theirs is the same.
 * Accuracies, not losses: they are measured at fixed steps, whereas loss points are gathered as time allows.
 */
import type { EvaluationPoint } from '../../core/protocol.ts';

/** Accuracies are kept to 1/10,000: exact for any test set up to that size, and two characters of link each. */
const UNITS = 10_000;
/** At most this many evaluations are carried, spread evenly, the last one always. */
const MOST_POINTS = 24;
/** Differences up to this are within what other hardware gives: two images of a hundred. */
const TOLERANCE = 0.02;

export interface Digest {
  readonly points: readonly { readonly step: number; readonly accuracy: readonly (number | null)[] }[];
}

export type Verdict =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'same' }
  | { readonly kind: 'close'; readonly largest: number }
  | { readonly kind: 'differs'; readonly step: number };

/** @returns text of letters, digits, '-', '_' and '.', or null for a run without evaluations */
export function writeDigest(evaluations: readonly EvaluationPoint[]): string | null {
  const usable = evaluations.filter((point) => point.midEpoch !== true);
  if (usable.length === 0) return null;
  const count = Math.min(MOST_POINTS, usable.length);
  const chosen = Array.from({ length: count }, (_, i) => usable[count === 1 ? usable.length - 1 : Math.round((i * (usable.length - 1)) / (count - 1))]!);
  return chosen
    .map((point) => [point.step.toString(36), ...point.accuracy.slice(0, point.task + 1).map((accuracy) => (accuracy === null ? '' : Math.round(accuracy * UNITS).toString(36)))].join('-'))
    .join('.');
}

/** @returns null where the text is no digest */
export function readDigest(text: string): Digest | null {
  const points = text.split('.').map((part) => {
    const [step, ...accuracy] = part.split('-').map((field) => (field === '' ? null : parseInt(field, 36)));
    return { step: step ?? NaN, accuracy: accuracy.map((value) => (value === null ? null : value / UNITS)) };
  });
  const valid = points.every(({ step, accuracy }) =>
    Number.isInteger(step) && accuracy.length > 0 && accuracy.every((value) => value === null || (value >= 0 && value <= 1)));
  return valid ? { points } : null;
}

/** Compares what a run has measured so far with a digest: nothing is said of steps that are still to come. */
export function compareDigest(digest: Digest, evaluations: readonly EvaluationPoint[]): Verdict {
  const measured = new Map(evaluations.filter((point) => point.midEpoch !== true).map((point) => [point.step, point]));
  const last = evaluations.at(-1)?.step ?? 0;
  let largest = 0;
  let compared = 0;
  for (const { step, accuracy } of digest.points) {
    if (step > last) break;
    const point = measured.get(step);
    if (!point) return { kind: 'differs', step };
    for (let task = 0; task < accuracy.length; task++) {
      const [expected, found] = [accuracy[task] ?? null, point.accuracy[task] ?? null];
      if ((expected === null) !== (found === null)) return { kind: 'differs', step };
      if (expected === null || found === null) continue;
      const difference = Math.abs(expected - found);
      if (difference > TOLERANCE) return { kind: 'differs', step };
      largest = Math.max(largest, difference);
    }
    compared++;
  }
  if (compared === 0) return { kind: 'waiting' };
  return largest <= 0.5 / UNITS + 1e-12 ? { kind: 'same' } : { kind: 'close', largest };
}
