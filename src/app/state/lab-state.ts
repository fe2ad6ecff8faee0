/** What the page knows of the lab: one plain value, changed only by {@link reduceEvents} on what the worker reports. Pure. */
import type { ComparisonProgress } from '../../core/comparison.ts';
import type { RunConfig } from '../../core/config.ts';
import type { LabErrorData } from '../../core/errors.ts';
import type { DatasetSummary, UnfinishedImport } from '../../core/dataset-summary.ts';
import type { ImportanceSummary } from '../../core/importance-summary.ts';
import type { BackendReport, EvaluationPoint, LabEvent, Metrics, RunPhase, RunSummary, Speed, TaskSummary, WeightsSummary } from '../../core/protocol.ts';
import type { TileReport } from '../../core/measured-tiles.ts';
import type { SelfCheckProgress } from '../../core/self-check-report.ts';
import type { WatchedWeight, WeightUpdate } from '../../core/watched-weight.ts';

/** A message that stays until it is dismissed. Errors are alerts, notices are not. */
export interface Message {
  readonly id: number;
  readonly kind: 'error' | 'notice' | 'success';
  readonly text: string;
  readonly hint: string | null;
}

export type ImportState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly progress: Extract<LabEvent, { kind: 'import-progress' }> | null }
  | { readonly kind: 'done'; readonly report: Extract<LabEvent, { kind: 'import-done' }> };

export interface LabState {
  readonly connected: boolean;
  readonly backend: BackendReport | null;
  /** What is known of the device's tiles; null where nothing was measured. */
  readonly tiles: TileReport | null;
  /** null until the worker has listed them. */
  readonly datasets: readonly DatasetSummary[] | null;
  /** Imports that can be gone on with. */
  readonly unfinished: readonly UnfinishedImport[];
  readonly storage: { readonly usedBytes: number | null; readonly quotaBytes: number | null; readonly persistent: boolean } | null;
  readonly runs: readonly RunSummary[];
  /** Imported weights, newest first. */
  readonly weights: readonly WeightsSummary[];
  readonly runId: string | null;
  /** Settings of the current run, as it trains; null before the first. */
  readonly runConfig: RunConfig | null;
  /** Tasks of the current run. */
  readonly tasks: readonly TaskSummary[];
  readonly phase: RunPhase;
  readonly metrics: Metrics | null;
  /** The newest evaluation of the current run: "accuracy now". */
  readonly latest: EvaluationPoint | null;
  /** One per finished task, in order. */
  readonly importances: readonly ImportanceSummary[];
  readonly speed: Speed | null;
  readonly stability: { readonly product: number; readonly limit: number } | null;
  /** The comparison that trains or trained last in this visit. */
  readonly comparison: ComparisonProgress | null;
  /** Of the self-check that runs or ran last in this visit. */
  readonly selfCheck: SelfCheckProgress | null;
  /** The weight that is followed step by step; null before the device has one. */
  readonly watched: Extract<LabEvent, { kind: 'watched' }> | null;
  /** Its updates as they were told, oldest first. */
  readonly updates: readonly WeightUpdate[];
  readonly importing: ImportState;
  readonly messages: readonly Message[];
  readonly nextMessageId: number;
}

export const INITIAL_LAB_STATE: LabState = {
  connected: false,
  backend: null,
  tiles: null,
  datasets: null,
  unfinished: [],
  storage: null,
  runs: [],
  weights: [],
  runId: null,
  runConfig: null,
  tasks: [],
  phase: { kind: 'idle' },
  metrics: null,
  latest: null,
  importances: [],
  speed: null,
  stability: null,
  comparison: null,
  selfCheck: null,
  watched: null,
  updates: [],
  importing: { kind: 'none' },
  messages: [],
  nextMessageId: 1,
};

/** The state after a batch of events, in order. Loss points are not in it: they go to the series store, outside React. */
export function reduceEvents(state: LabState, events: readonly LabEvent[]): LabState {
  return events.reduce(reduceEvent, state);
}

function reduceEvent(state: LabState, event: LabEvent): LabState {
  switch (event.kind) {
    case 'backend':
      return { ...state, backend: event.backend, tiles: null };
    case 'tiles':
      return { ...state, tiles: event.tiles };
    case 'datasets':
      return {
        ...state,
        datasets: event.datasets,
        unfinished: event.unfinished,
        storage: { usedBytes: event.usedBytes, quotaBytes: event.quotaBytes, persistent: event.persistent },
      };
    case 'runs':
      return { ...state, runs: event.runs };
    case 'weights':
      return { ...state, weights: event.weights };
    case 'run':
      return {
        ...state,
        runId: event.runId,
        runConfig: event.config,
        tasks: event.tasks,
        metrics: event.history?.summary.metrics ?? null,
        latest: event.history?.evaluations.at(-1) ?? null,
        importances: event.history?.importances ?? [],
        speed: null,
        stability: null,
        watched: event.runId === state.runId ? state.watched : null,
        updates: [],
        phase: event.runId === null ? { kind: 'idle' } : state.phase,
      };
    case 'phase':
      return event.phase.kind === 'failed'
        ? addMessage({ ...state, phase: event.phase }, 'error', event.phase.error.message, event.phase.error.hint)
        : { ...state, phase: event.phase };
    case 'steps':
      return state;
    case 'evaluation':
      return { ...state, latest: event.point };
    case 'metrics':
      return { ...state, metrics: event.metrics };
    case 'importance':
      return { ...state, importances: [...state.importances.filter((summary) => summary.task < event.summary.task), event.summary] };
    case 'speed':
      return { ...state, speed: event.speed };
    case 'stability':
      return { ...state, stability: { product: event.product, limit: event.limit } };
    case 'config':
      return { ...state, runConfig: event.config };
    case 'watched':
      return { ...state, watched: event, updates: sameWeight(event.weight, state.watched?.weight) ? state.updates : [] };
    case 'update':
      return { ...state, updates: [...state.updates, event.update].slice(-UPDATES_KEPT) };
    case 'import-progress':
      return { ...state, importing: { kind: 'running', progress: event } };
    case 'import-listed':
      return state;
    case 'import-done':
      return { ...state, importing: { kind: 'done', report: event } };
    case 'import-failed': {
      const cleared: LabState = { ...state, importing: { kind: 'none' } };
      return event.error === null ? cleared : withError(cleared, event.error);
    }
    case 'comparison':
      return { ...state, comparison: event.progress };
    case 'self-check':
      return { ...state, selfCheck: event.progress };
    case 'notice':
      return addMessage(state, 'notice', event.text, null);
    case 'error':
      return withError(state, event.error);
  }
}

/** As many updates of the watched weight as its trail can show. */
const UPDATES_KEPT = 300;

function sameWeight(a: WatchedWeight, b: WatchedWeight | undefined): boolean {
  return a.parameter === b?.parameter && a.index === b.index;
}

/** Adds a message; the same words twice are one message, so that a repeated failure does not fill the screen. */
export function addMessage(state: LabState, kind: Message['kind'], text: string, hint: string | null): LabState {
  const message: Message = { id: state.nextMessageId, kind, text, hint };
  const others = state.messages.filter((other) => other.text !== text || other.kind !== kind);
  return { ...state, messages: [...others, message].slice(-4), nextMessageId: state.nextMessageId + 1 };
}

/** Adds an error as an alert. Stopping on request is no failure and is not shown. */
export function withError(state: LabState, error: LabErrorData): LabState {
  return error.code === 'cancelled' ? state : addMessage(state, 'error', error.message, error.hint);
}

export function dismissMessage(state: LabState, id: number): LabState {
  return { ...state, messages: state.messages.filter((message) => message.id !== id) };
}

/** Number of tasks whose training ended and was measured. */
export function finishedTasks(state: Pick<LabState, 'metrics'>): number {
  return state.metrics?.accuracyMatrix.length ?? 0;
}

/** The task that is being worked on; null between tasks and outside runs. */
export function activeTask(phase: RunPhase): number | null {
  switch (phase.kind) {
    case 'preparing':
    case 'training':
    case 'evaluating':
    case 'measuring':
    case 'saving':
    case 'paused':
      return phase.task;
    case 'idle':
    case 'ready':
    case 'done':
    case 'failed':
      return null;
  }
}

/** Whether the worker is computing (not paused, not between tasks). */
export function isBusy(phase: RunPhase): boolean {
  return activeTask(phase) !== null && phase.kind !== 'paused';
}

/** Accuracy of a task as last measured, of the current run. */
export function accuracyNow(state: Pick<LabState, 'latest' | 'metrics'>, task: number): number | null {
  return state.latest?.accuracy[task] ?? state.metrics?.accuracyMatrix.at(-1)?.[task] ?? null;
}

/** Accuracy of a task right after it was learned; null while it has not been. */
export function accuracyLearned(state: Pick<LabState, 'metrics'>, task: number): number | null {
  return state.metrics?.accuracyMatrix[task]?.[task] ?? null;
}
