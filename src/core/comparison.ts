/** Methods side by side under equal conditions: what is asked for, what comes out, and the table made of it. Plain data. */
import { METHOD_IDS, type MethodId, type RunConfig } from './config.ts';
import { validateConfig } from './config-text.ts';
import { settingOf } from './settings.ts';
import { LabError } from './errors.ts';
import { METHOD_TRAITS, methodHas } from './method-settings.ts';
import { jointGap, stabilityOf } from './metrics.ts';
import type { EvaluationPoint, Metrics } from './protocol.ts';
import { estimate, type Estimate } from './statistics.ts';

export interface ComparisonRequest {
  /** The conditions of every run; its method, λ and seed are replaced run by run. */
  readonly config: RunConfig;
  readonly methods: readonly MethodId[];
  readonly seeds: readonly number[];
  /** Values of λ to choose from, for every method with a λ; null: each method's own. */
  readonly grid: readonly number[] | null;
  /** Values of λ for single methods, instead of `grid`: methods' scales differ. */
  readonly grids?: Partial<Readonly<Record<MethodId, readonly number[]>>>;
  /** λ is chosen on so many first tasks, from their training images alone. */
  readonly selectionTasks: number;
}

/** One seed's ranking of λ is as much chance as merit; beyond three, more seeds cost more than they tell. */
const MOST_SELECTION_SEEDS = 3;

/** λ is chosen by its mean score over these seeds. */
export function selectionSeeds({ seeds }: ComparisonRequest): readonly number[] {
  return seeds.slice(0, MOST_SELECTION_SEEDS);
}

/** One λ tried for a method: average accuracy on the held-out training images, mean over seeds; null where training diverged for any. */
export interface LambdaScore {
  readonly lambda: number;
  readonly accuracy: number | null;
}

export interface LambdaChoice {
  readonly method: MethodId;
  readonly lambda: number;
  /** Empty where there was nothing to choose. */
  readonly scores: readonly LambdaScore[];
}

export interface ComparedRun {
  readonly method: MethodId;
  readonly seed: number;
  /** Reproduces the run. */
  readonly config: RunConfig;
  readonly metrics: Metrics;
  readonly evaluations: readonly EvaluationPoint[];
  /** Median of the steps. */
  readonly stepMs: number | null;
  readonly elapsedMs: number;
}

/** One method over its seeds: mean ± 95 %, null where nothing was measured. Accuracies and differences are fractions. */
export interface ComparisonRow {
  readonly method: MethodId;
  /** Null for methods without λ. */
  readonly lambda: number | null;
  readonly averageAccuracy: Estimate | null;
  readonly averageForgetting: Estimate | null;
  readonly learningAccuracy: Estimate | null;
  readonly fwt: Estimate | null;
  readonly worstCaseAccuracy: Estimate | null;
  readonly classIncremental: Estimate | null;
  /** Against the joint run of the same seed. */
  readonly intransigence: Estimate | null;
  readonly gapToJoint: Estimate | null;
  readonly stepMs: Estimate | null;
}

type Measure = Exclude<keyof ComparisonRow, 'method' | 'lambda'>;

/** What a table of methods shows, in order: fractions as percent, differences of fractions as points, milliseconds. */
export const COMPARISON_MEASURES: readonly { readonly key: Measure; readonly title: string; readonly unit: 'share' | 'points' | 'ms' }[] = [
  { key: 'averageAccuracy', title: 'average accuracy', unit: 'share' },
  { key: 'averageForgetting', title: 'forgetting', unit: 'points' },
  { key: 'learningAccuracy', title: 'right after learning', unit: 'share' },
  { key: 'intransigence', title: 'intransigence', unit: 'points' },
  { key: 'gapToJoint', title: 'gap to joint', unit: 'points' },
  { key: 'worstCaseAccuracy', title: 'worst case', unit: 'share' },
  { key: 'classIncremental', title: 'all heads together', unit: 'share' },
  { key: 'fwt', title: 'forward transfer', unit: 'points' },
  { key: 'stepMs', title: 'step', unit: 'ms' },
];

export interface ComparisonProgress {
  readonly stage: 'choosing' | 'training';
  /** Tasks trained so far and in all, over all runs. */
  readonly done: number;
  readonly total: number;
  /** Since it began. */
  readonly elapsedMs: number;
  readonly method: MethodId;
  readonly lambda: number;
  readonly seed: number;
  /** Of the runs finished so far. */
  readonly rows: readonly ComparisonRow[];
}

export interface Comparison {
  readonly request: ComparisonRequest;
  readonly backend: string;
  readonly choices: readonly LambdaChoice[];
  readonly runs: readonly ComparedRun[];
  readonly rows: readonly ComparisonRow[];
}

/** The λ that a method is tried with: the request's for it or for all, or its own; empty for methods without λ. */
export function lambdaGrid(request: ComparisonRequest, method: MethodId): readonly number[] {
  if (!methodHas(method, 'lambda')) return [];
  return request.grids?.[method] ?? request.grid ?? METHOD_TRAITS[method].grid;
}

/** The config of one run of a comparison. */
export function comparedConfig(request: ComparisonRequest, method: MethodId, seed: number, lambda: number): RunConfig {
  return { ...request.config, method, seed, lambda };
}

/** @throws LabError naming what is wrong, before anything is trained */
export function validateComparison(request: ComparisonRequest): void {
  const { methods, seeds, grid, selectionTasks, config } = request;
  const unknown = methods.find((method) => !METHOD_IDS.includes(method));
  if (unknown !== undefined) throw new LabError('config-unknown', `The methods name “${unknown}”, which is not one of: ${METHOD_IDS.join(', ')}.`, `Give some of: ${METHOD_IDS.join(', ')}.`);
  if (methods.length === 0 || seeds.length === 0) throw new LabError('config-range', 'A comparison needs at least one method and one seed.', 'Choose methods and seeds.');
  const twice = methods.find((method, i) => methods.indexOf(method) !== i);
  if (twice !== undefined) throw new LabError('config-conflict', `The methods name “${twice}” twice.`, 'Name each method once.');
  if (grid?.length === 0 || methods.some((method) => request.grids?.[method]?.length === 0)) throw new LabError('config-range', 'The grid of λ is empty.', 'Give at least one value.');
  if (!Number.isInteger(selectionTasks) || selectionTasks < 2 || selectionTasks > Math.max(2, config.tasks)) {
    throw new LabError('config-range', `λ cannot be chosen on ${selectionTasks} tasks of ${config.tasks}: a whole number from 2 to all tasks is needed, for the first task has nothing to protect.`, 'Give 2 or more.');
  }
  for (const method of methods) {
    for (const seed of seeds) {
      for (const lambda of [METHOD_TRAITS[method].lambda, ...lambdaGrid(request, method)]) validateConfig(comparedConfig(request, method, seed, lambda));
    }
  }
}

/** @param given settings that were set by hand @throws LabError 'config-conflict' for one that none of the methods has, by `name` */
export function requireSomeonesSettings(methods: readonly MethodId[], given: Iterable<keyof RunConfig>, name: (key: keyof RunConfig) => string): void {
  for (const key of given) {
    if (methods.some((method) => methodHas(method, key))) continue;
    const owners = METHOD_IDS.filter((id) => methodHas(id, key));
    throw new LabError(
      'config-conflict',
      `${name(key)} (${settingOf(key).label}) is a setting of none of the methods compared (${methods.join(', ')}); it belongs to: ${owners.join(', ')}.`,
      'Leave it out, or compare one of these methods too.',
    );
  }
}

/** Scores of the same λ, seed by seed, as their means. */
export function meanScores(bySeed: readonly (readonly LambdaScore[])[]): LambdaScore[] {
  const [first = []] = bySeed;
  return first.map(({ lambda }, at) => {
    const accuracies = bySeed.map((scores) => scores[at]?.accuracy ?? null).filter((accuracy) => accuracy !== null);
    const accuracy = accuracies.length < bySeed.length ? null : accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
    return { lambda, accuracy };
  });
}

/** The best of the λ tried; of equal ones the smallest. Null where none stayed finite. */
export function bestLambda(scores: readonly LambdaScore[]): number | null {
  const finite = scores.filter((score): score is { lambda: number; accuracy: number } => score.accuracy !== null);
  const ordered = finite.toSorted((a, b) => b.accuracy - a.accuracy || a.lambda - b.lambda);
  return ordered[0]?.lambda ?? null;
}

/** One row per method, best average accuracy first. */
export function comparisonRows(methods: readonly MethodId[], runs: readonly ComparedRun[]): ComparisonRow[] {
  const joint = new Map(runs.filter(({ method }) => method === 'joint').map((run) => [run.seed, run.metrics.accuracyMatrix] as const));
  const rows = methods.flatMap((method): ComparisonRow[] => {
    const own = runs.filter((run) => run.method === method);
    const [first] = own;
    if (!first) return [];
    const over = (read: (run: ComparedRun) => number | null): Estimate | null => {
      const values = own.map(read).filter((value) => value !== null);
      return values.length === own.length ? estimate(values) : null;
    };
    const gap = (run: ComparedRun) => {
      const matrix = joint.get(run.seed);
      return matrix && method !== 'joint' ? jointGap(run.metrics.accuracyMatrix, matrix) : null;
    };
    return [{
      method,
      lambda: methodHas(method, 'lambda') ? first.config.lambda : null,
      averageAccuracy: over((run) => run.metrics.averageAccuracy),
      averageForgetting: over((run) => run.metrics.averageForgetting),
      learningAccuracy: over((run) => run.metrics.learningAccuracy),
      fwt: over((run) => run.metrics.fwt),
      worstCaseAccuracy: over((run) => stabilityOf(run.metrics.accuracyMatrix, run.evaluations).worstCaseAccuracy),
      classIncremental: over((run) => run.metrics.classIncremental?.averageAccuracy ?? null),
      intransigence: over((run) => gap(run)?.averageIntransigence ?? null),
      gapToJoint: over((run) => gap(run)?.gapToJoint ?? null),
      stepMs: over((run) => run.stepMs),
    }];
  });
  return rows.toSorted((a, b) => (b.averageAccuracy?.mean ?? -1) - (a.averageAccuracy?.mean ?? -1));
}
