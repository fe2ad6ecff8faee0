/** Median and quartiles of one side. */
export interface Sample {
  readonly median: number;
  readonly quartiles: readonly [number, number];
}

export interface Comparison {
  readonly ours: Sample;
  readonly theirs: Sample;
  /** ours / theirs, of samples taken next to one another. */
  readonly ratio: Sample;
}

/** Takes one sample, in any unit. */
export type Measure = () => Promise<number>;

/**
 * Samples both sides in turn, so that what else the machine does touches both alike.
 * The first `warmUp` pairs are thrown away; which side goes first changes every round.
 */
export async function alternate(ours: Measure, theirs: Measure, rounds: number, warmUp = 1): Promise<Comparison> {
  const left: number[] = [];
  const right: number[] = [];
  for (let round = 0; round < rounds + warmUp; round++) {
    const oursFirst = round % 2 === 0;
    const first = await (oursFirst ? ours : theirs)();
    const second = await (oursFirst ? theirs : ours)();
    if (round < warmUp) continue;
    left.push(oursFirst ? first : second);
    right.push(oursFirst ? second : first);
  }
  return { ours: sampleOf(left), theirs: sampleOf(right), ratio: sampleOf(left.map((value, i) => value / right[i]!)) };
}

/** @throws Error where there are no values */
export function sampleOf(values: readonly number[]): Sample {
  if (values.length === 0) throw new Error('a sample needs values');
  const sorted = [...values].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.75)] };
}

/** Linear interpolation between order statistics. */
function quantile(sorted: readonly number[], q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** Milliseconds that `work` takes, `count` times over, per time. */
export async function timed(count: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; i++) await work();
  return (performance.now() - start) / count;
}
