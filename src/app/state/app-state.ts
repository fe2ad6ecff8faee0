/** Everything the screen is drawn from: what the worker reports, and what the person chose. Plain values. */
import type { BackendChoice, RunConfig } from '../../core/config.ts';
import type { LabErrorData } from '../../core/errors.ts';
import type { Command, RunHistory, TaskSummary } from '../../core/protocol.ts';
import type { ComparingState } from './comparing.ts';
import type { DialectsState } from './dialects-state.ts';
import type { Digest } from './digest.ts';
import type { LabState } from './lab-state.ts';
import type { Prediction } from './prediction.ts';
import type { SelfCheckState } from './self-check-state.ts';
import type { SweepState } from './sweep.ts';
import type { Turns } from './turns.ts';

/** How the present settings cut the data into tasks, while no run has fixed it. */
export type Plan =
  | { readonly kind: 'loading'; readonly tasks: readonly TaskSummary[] }
  | { readonly kind: 'ready'; readonly tasks: readonly TaskSummary[] }
  | { readonly kind: 'failed'; readonly tasks: readonly TaskSummary[]; readonly error: LabErrorData };

export type CompareView = 'methods' | 'seeds' | 'dialects';

export type Panel =
  | { readonly kind: 'none' }
  | { readonly kind: 'task'; readonly task: number }
  | { readonly kind: 'runs' }
  | { readonly kind: 'compare'; readonly view: CompareView }
  | { readonly kind: 'data' }
  /** A stored dataset looked into. */
  | { readonly kind: 'dataset'; readonly dataset: string }
  /** Classes assigned to tasks by hand. */
  | { readonly kind: 'split' }
  | { readonly kind: 'self-check' }
  | { readonly kind: 'help' };

export interface AppState {
  readonly lab: LabState;
  readonly turns: Turns;
  /** What the controls show: the next run's settings, or the current run's. */
  readonly form: RunConfig;
  readonly backend: BackendChoice;
  readonly plan: Plan;
  readonly hidden: ReadonlySet<string>;
  /** What the link says the run should give, until the settings change. */
  readonly expected: Digest | null;
  readonly hiddenTasks: ReadonlySet<number>;
  /** Stored runs drawn beside the current one. */
  readonly overlays: readonly RunHistory[];
  readonly panel: Panel;
  /** A command that was sent and not yet answered. */
  readonly pending: Command['kind'] | null;
  /** A sweep over λ, under way or finished; null before the first. */
  readonly sweep: SweepState | null;
  readonly comparing: ComparingState;
  readonly dialects: DialectsState;
  readonly selfCheck: SelfCheckState;
  /** Range of steps that the charts show; null for the whole run. */
  readonly zoom: { readonly from: number; readonly to: number } | null;
  /** Whether the page asks for predictions before it trains. */
  readonly predicting: boolean;
  readonly prediction: Prediction | null;
  /** Whether one weight is followed step by step. */
  readonly playground: boolean;
  /** The step that the page looks back to; null for now. */
  readonly lookBack: number | null;
  /** Which stop of the tour is shown; null outside it. */
  readonly tour: number | null;
  /** The download that is being prepared, by its key; null where none is. */
  readonly downloading: string | null;
}

/** Tasks to show: the current run's, else what the settings would give. */
export function shownTasks(state: AppState): readonly TaskSummary[] {
  return state.lab.runId !== null && state.lab.tasks.length > 0 ? state.lab.tasks : state.plan.tasks;
}

/** Whether it is known how many steps there will be: axes that were drawn before would be drawn twice. */
export function isPlanned({ lab, plan }: AppState): boolean {
  return lab.runId !== null || plan.kind !== 'loading' || plan.tasks.every(({ trainCount }) => trainCount > 0);
}

/** Tasks without classes, so that everything drawn per task has its final size before the worker has planned them. */
export function placeholderTasks({ tasks }: RunConfig): readonly TaskSummary[] {
  return Array.from({ length: tasks }, (_, index) => ({ index, classes: [], trainCount: 0, testCount: 0 }));
}
