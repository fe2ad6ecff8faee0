/** How the network's answer to an image changed since its task was learned. */
import { FLIPS, type Flip, type SamplePrediction } from '../../core/task-report.ts';

/** Index of the largest probability, the first where several tie. */
export function answer(probabilities: readonly number[]): number {
  return probabilities.reduce((best, value, index) => (value > probabilities[best]! ? index : best), 0);
}

export function flipOf({ label, then, now }: SamplePrediction): Flip {
  if (then === null || now === null) return 'unknown';
  const [was, is] = [answer(then) === label, answer(now) === label];
  return was ? (is ? 'kept' : 'forgotten') : is ? 'gained' : 'never';
}

/** Most clearly forgotten first: by group, then by how much probability the true class lost. */
export function byFlip(samples: readonly SamplePrediction[]): readonly { readonly sample: SamplePrediction; readonly flip: Flip }[] {
  const loss = ({ label, then, now }: SamplePrediction): number => (then?.[label] ?? 0) - (now?.[label] ?? 0);
  return samples
    .map((sample) => ({ sample, flip: flipOf(sample) }))
    .sort((a, b) => FLIPS.indexOf(a.flip) - FLIPS.indexOf(b.flip) || loss(b.sample) - loss(a.sample));
}
