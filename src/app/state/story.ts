/** What a run showed, in plain words made from its own numbers. Pure. */
import { METHOD_LABELS } from '../../core/config.ts';
import type { MethodId, RunConfig } from '../../core/config.ts';
import type { Metrics, RunSummary } from '../../core/protocol.ts';
import { formatLost, formatNumber, formatPercent, formatWhole } from '../format.ts';
import { texts } from '../texts.ts';
import { accuracyLearned } from './lab-state.ts';
import type { Shown } from './shown-at.ts';

/** A loss of accuracy from which on a task counts as forgotten. */
const FORGOTTEN = 0.05;

/** A run as far as its story needs it. */
export interface Told {
  readonly config: RunConfig;
  readonly metrics: Metrics;
}

/** Whether a run's method and λ protect anything. */
export function protects(config: RunConfig): boolean {
  return config.method !== 'finetune' && (config.lambda > 0 || config.method === 'replay' || config.method === 'joint' || config.method === 'frozen');
}

/** “MAS” of “MAS (Memory Aware Synapses)”. */
export function methodName(method: MethodId): string {
  return METHOD_LABELS[method].split(' (')[0]!;
}

/** “MAS, λ = 0.3”, “no protection”. */
export function runLabel(config: RunConfig): string {
  if (!protects(config)) return texts.story.unprotected;
  const short = methodName(config.method);
  return config.method === 'joint' || config.method === 'replay' || config.method === 'frozen' ? short : `${short}, λ = ${formatNumber(config.lambda)}`;
}

/** “with MAS at λ = 0.3”, “without protection”: how a run was protected, inside a sentence. */
function manner(config: RunConfig): string {
  return protects(config) ? texts.story.withMethod(runLabel(config).replace(', λ', ' at λ')) : texts.story.without;
}

/** What a run is called: its given name, else how it was protected. */
export function runName(run: RunSummary): string {
  return run.name === '' ? runLabel(run.config) : run.name;
}

/** Sentences about a run with at least two finished tasks; null before that, when nothing can be forgotten yet. */
export function story(run: Told): string | null {
  const { accuracyMatrix, forgetting, averageForgetting } = run.metrics;
  const last = accuracyMatrix.length - 1;
  if (last < 1 || averageForgetting === null) return null;
  let worst = 0;
  for (let task = 1; task < last; task++) if ((forgetting[task] ?? -Infinity) > (forgetting[worst] ?? -Infinity)) worst = task;
  const before = accuracyMatrix[worst]?.[worst] ?? null;
  const now = accuracyMatrix[last]?.[worst] ?? null;
  const lost = formatLost(averageForgetting);
  const t = texts.story;
  if (averageForgetting >= FORGOTTEN) return t.forgot(protects(run.config), lost, worst, formatPercent(before), formatPercent(now));
  const learned = run.metrics.learningAccuracy;
  return averageForgetting <= -0.005
    ? t.gained(formatWhole(Math.round(-averageForgetting * 100)), formatPercent(learned))
    : t.kept(protects(run.config), lost, formatPercent(learned));
}

/** What happens to the earlier tasks while one is learned, from the newest evaluation. */
export function storySoFar(shown: Shown, task: number): string {
  const t = texts.story;
  if (task === 0) return t.firstTask;
  let [worst, most] = [0, -Infinity];
  for (let earlier = 0; earlier < task; earlier++) {
    const drop = (accuracyLearned(shown, earlier) ?? NaN) - (shown.latest?.accuracy[earlier] ?? NaN);
    if (drop > most) [worst, most] = [earlier, drop];
  }
  if (most < FORGOTTEN) return t.holds(task, most < 0.005 ? null : formatLost(most));
  return t.falls(task, worst, formatPercent(accuracyLearned(shown, worst)), formatPercent(shown.latest?.accuracy[worst] ?? null));
}

/** One sentence that sets a run against another; null where either has too few tasks. */
export function comparison(run: Told, other: Told): string | null {
  const [a, b] = [run.metrics, other.metrics];
  if (a.averageForgetting === null || b.averageForgetting === null || a.averageAccuracy === null || b.averageAccuracy === null) return null;
  return texts.story.against(
    manner(run.config), a.averageForgetting, manner(other.config), b.averageForgetting,
    formatPercent(a.averageAccuracy), formatPercent(b.averageAccuracy),
  );
}
