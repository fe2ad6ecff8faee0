/** What may be done with a run in which state, and what "Train" means there. Pure. */
import { sameValue } from '../../core/config-text.ts';
import { SETTINGS } from '../../core/settings.ts';
import type { RunConfig } from '../../core/config.ts';
import type { Setting } from '../../core/settings.ts';
import type { Command, RunSummary } from '../../core/protocol.ts';
import type { AppState } from './app-state.ts';
import { activeTask, finishedTasks } from './lab-state.ts';
import type { LabState } from './lab-state.ts';

/** Settings that act while a run trains. */
const LIVE_KEYS = ['lambda', 'epochs', 'learningRate'] as const;

/** Whether a run has begun and not ended: what it is made of is fixed then. */
export function runLasts(state: LabState): boolean {
  return activeTask(state.phase) !== null || canContinue(state);
}

/** Whether training goes on with the current run rather than beginning a new one. */
export function canContinue(state: LabState): boolean {
  return state.runId !== null && finishedTasks(state) > 0 && (state.phase.kind === 'ready' || state.phase.kind === 'failed');
}

export type Lock = 'free' | 'branch' | 'locked';

/**
 * Whether a setting may change now. Between tasks a run can go on with another method or other training settings: that is a
 * branch. What its tasks and weights are made of is fixed until Reset.
 */
export function lockOf(setting: Setting, state: LabState): Lock {
  if (setting.live || !runLasts(state)) return 'free';
  const structural = setting.group === 'data' || setting.group === 'model';
  return structural || activeTask(state.phase) !== null ? 'locked' : 'branch';
}

/** What "Train" means now: a new run, the current run's next tasks, or a branch of it where the settings differ from its own. */
export function trainCommands({ lab: state, form }: AppState, scope: 'all' | 'task'): Command[] {
  if (!canContinue(state) || state.runId === null) return [{ kind: 'start', config: form, scope }];
  const { runConfig } = state;
  const changed = SETTINGS.filter(({ key }) => runConfig === null || !sameValue(form, runConfig, key));
  const go: Command = { kind: 'continue', scope };
  if (changed.some((setting) => !setting.live)) {
    const change = Object.fromEntries(changed.map(({ key }) => [key, form[key]]));
    const origin = untouchedOrigin(state);
    // A rewind that was not trained on is no run of its own: the branch starts where it started, and takes its place.
    return origin === null
      ? [{ kind: 'open-run', runId: state.runId, afterTask: finishedTasks(state), change }, go]
      : [{ kind: 'open-run', ...origin, change }, { kind: 'delete-run', runId: state.runId }, go];
  }
  const adjust = adjustment(form, runConfig);
  return adjust === null ? [go] : [adjust, go];
}

/** Where the current run was rewound from, if nothing was trained since. */
function untouchedOrigin(state: LabState): RunSummary['parent'] {
  const parent = state.runs.find((run) => run.id === state.runId)?.parent ?? null;
  return parent !== null && parent.afterTask === finishedTasks(state) && state.runs.some((run) => run.id === parent.runId) ? parent : null;
}

/** Whether the settings shown are a run’s own. */
export function sameRun(form: RunConfig, run: RunConfig | null): boolean {
  return run !== null && SETTINGS.every(({ key }) => sameValue(form, run, key));
}

/** What of the form a run takes while it trains; null where it has it already. */
export function adjustment(form: RunConfig, run: RunConfig | null): Extract<Command, { kind: 'adjust' }> | null {
  const changed = LIVE_KEYS.filter((key) => form[key] !== run?.[key]);
  return changed.length === 0 ? null : { kind: 'adjust', change: Object.fromEntries(changed.map((key) => [key, form[key]])) };
}

/** The newest stored run that has finished some tasks but not all; what a reload or a crash interrupted. */
export function interruptedRun(state: LabState): RunSummary | null {
  return state.runs.reduce<RunSummary | null>(
    (newest, run) =>
      run.finishedTasks > 0 && run.finishedTasks < run.config.tasks && (newest === null || run.updatedAt > newest.updatedAt) ? run : newest,
    null,
  );
}

/** A split that a dataset can give: unchanged where it can, ten classes as 5 × 2 (split MNIST), else fewer classes a task. */
export function fitSplit(form: RunConfig, classCount: number): Partial<RunConfig> {
  if (form.tasks * form.classesPerTask <= classCount) return {};
  if (classCount < 4) return { tasks: 1, classesPerTask: Math.max(2, classCount) };
  const tasks = Math.min(form.tasks, Math.floor(classCount / 2));
  if (classCount === 10) return { tasks: 5, classesPerTask: 2 };
  return { tasks, classesPerTask: Math.floor(classCount / tasks) };
}
