import type { Comparison, Sample } from './compare.ts';

/** One answer: ours against a peer's, in one run on one machine. */
export interface BenchRow {
  readonly question: string;
  /** What ours is held against. */
  readonly peer: string;
  /** As {@link Aim} says. */
  readonly ratio: number;
  /** What the ratio (or `ours`) should be, in words: "≥ 0.7", "≤ 60 s". */
  readonly aim: string;
  readonly met: boolean;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: string;
  /** The device and the kernels that ours ran on. */
  readonly adapter: string;
  /** First and third quartile of each side's samples and of the ratio of neighbouring samples. */
  readonly spread?: { readonly ours: readonly [number, number]; readonly theirs: readonly [number, number]; readonly ratio: readonly [number, number] };
}

/** Why a question has no answer on this machine. */
export interface Unanswered {
  readonly unanswered: string;
}

/** A file of bench/questions/. */
export interface BenchQuestion {
  readonly question: string;
  /** Rows one by one where measuring takes long: what there is by then is kept if a later one fails. */
  run(): Promise<Iterable<BenchRow> | AsyncIterable<BenchRow> | Unanswered>;
}

/**
 * How a ratio is formed and judged.
 * 'speed': theirs / ours, so 2 means twice as fast as the peer; should be at least `bound`.
 * 'cost': ours / theirs, so 1.05 means five per cent more; should be at most `bound`.
 */
export interface Aim {
  readonly kind: 'speed' | 'cost';
  readonly bound: number;
}

/** A row from alternating samples. */
export function rowOf(
  question: string,
  peer: string,
  aim: Aim,
  comparison: Comparison,
  adapter: string,
  unit = 'ms',
): BenchRow {
  const { ours, theirs } = comparison;
  const faster = aim.kind === 'speed';
  const ratio = faster ? 1 / comparison.ratio.median : comparison.ratio.median;
  const [low, high] = comparison.ratio.quartiles;
  return {
    question,
    peer,
    ratio,
    aim: `${faster ? '≥' : '≤'} ${aim.bound}`,
    met: faster ? ratio >= aim.bound : ratio <= aim.bound,
    ours: ours.median,
    theirs: theirs.median,
    unit,
    adapter,
    spread: { ours: ours.quartiles, theirs: theirs.quartiles, ratio: faster ? [1 / high, 1 / low] : [low, high] },
  };
}

/** A row whose aim is a bound on ours alone, `{ atMost }` or, for a rate, `{ atLeast }`, whatever the peer's is; the ratio is ours / theirs. */
export function boundedRow(
  question: string,
  peer: string,
  bound: { readonly atMost: number } | { readonly atLeast: number },
  ours: Sample,
  theirs: Sample,
  adapter: string,
  unit: string,
): BenchRow {
  const most = 'atMost' in bound;
  return {
    question,
    peer,
    ratio: ours.median / theirs.median,
    aim: most ? `ours ≤ ${bound.atMost} ${unit}` : `ours ≥ ${bound.atLeast} ${unit}`,
    met: most ? ours.median <= bound.atMost : ours.median >= bound.atLeast,
    ours: ours.median,
    theirs: theirs.median,
    unit,
    adapter,
  };
}
