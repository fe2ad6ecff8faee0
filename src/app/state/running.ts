/** Runs: begun, gone on with, stepped through, rewound, drawn beside each other, and swept over λ. */
import type { StoreApi } from 'zustand/vanilla';
import type { Command, LabApi, RunPhase } from '../../core/protocol.ts';
import type { AppState } from './app-state.ts';
import { activeTask } from './lab-state.ts';
import { trainCommands } from './run-rules.ts';
import type { Sender } from './sender.ts';
import { advanceSweep, beginSweep, sweepConfig } from './sweep.ts';

export interface Running {
  train(scope: 'all' | 'task'): void;
  /** Goes on with a stored run from its last finished task. */
  resumeRun(runId: string): void;
  /** Makes a stored run current as it was after `afterTask` finished tasks; training on with other settings is a branch. */
  rewind(runId: string, afterTask: number): void;
  /** One training step, from wherever the run stands, then pause. */
  step(): void;
  /** On to the end of an epoch or a task, from wherever the run stands, then pause. */
  trainThrough(stretch: 'epoch' | 'task'): void;
  toggleOverlay(runId: string): void;
  /** Starts the current run's settings again with λ = 0 and keeps the current run on the charts. */
  repeatWithoutProtection(): void;
  /** Trains the present settings once for each λ. */
  sweep(lambdas: readonly number[]): void;
  stopSweep(): void;
  /** A run of a sweep that ended makes room for the next. */
  followSweep(phase: RunPhase): void;
}

export interface RunningHost {
  readonly api: LabApi;
  readonly store: StoreApi<AppState>;
  readonly sender: Sender;
  fail(error: unknown): void;
}

export function createRunning({ api, store: { getState, setState }, sender: { send, sendAll }, fail }: RunningHost): Running {
  /** From between tasks there is nothing to step through yet: the next task begins, and pauses where the command says. */
  const stepBy = (command: Extract<Command, { kind: 'step' | 'train-through' }>): void => {
    const state = getState();
    const begin = activeTask(state.lab.phase) === null ? trainCommands(state, 'task') : [];
    sendAll([...begin, command]);
  };
  /** Draws a stored run on the charts as it is now. */
  const showBeside = async (runId: string): Promise<void> => {
    const history = await api.runHistory(runId);
    setState(({ overlays }) => ({ overlays: [...overlays.filter((overlay) => overlay.summary.id !== runId), history] }));
  };

  return {
    train(scope) {
      sendAll(trainCommands(getState(), scope));
    },
    resumeRun(runId) {
      const run = getState().lab.runs.find((candidate) => candidate.id === runId);
      if (run) sendAll([{ kind: 'open-run', runId, afterTask: run.finishedTasks, change: {} }, { kind: 'continue', scope: 'all' }]);
    },
    rewind(runId, afterTask) {
      setState({ panel: { kind: 'none' } });
      const origin = getState().lab.runs.find((run) => run.id === runId);
      // Where the run went on from there stays on the charts, beside what will be trained now.
      send({ kind: 'open-run', runId, afterTask, change: {} }, () => {
        if (origin && afterTask < origin.finishedTasks) showBeside(runId).catch(fail);
      });
    },
    step() {
      stepBy({ kind: 'step' });
    },
    trainThrough(stretch) {
      stepBy({ kind: 'train-through', stretch });
    },
    toggleOverlay(runId) {
      const { overlays } = getState();
      if (overlays.some((overlay) => overlay.summary.id === runId)) {
        setState({ overlays: overlays.filter((overlay) => overlay.summary.id !== runId) });
        return;
      }
      showBeside(runId).catch(fail);
    },
    repeatWithoutProtection() {
      const { runId, runConfig } = getState().lab;
      if (runId === null || runConfig === null) return;
      showBeside(runId).then(() => {
        send({ kind: 'start', config: { ...runConfig, lambda: 0 }, scope: 'all' });
      }, fail);
    },
    sweep(lambdas) {
      const sweep = beginSweep(getState().form, lambdas);
      setState({ sweep });
      const config = sweepConfig(sweep);
      if (config) send({ kind: 'start', config, scope: 'all' });
    },
    stopSweep() {
      setState((state) => (state.sweep ? { sweep: { ...state.sweep, stopped: true } } : {}));
    },
    followSweep(phase) {
      const { sweep, lab } = getState();
      if (sweep === null) return;
      const next = advanceSweep(sweep, phase, lab.metrics);
      if (next === sweep) return;
      setState({ sweep: next });
      const config = next.at > sweep.at ? sweepConfig(next) : null;
      if (config) send({ kind: 'start', config, scope: 'all' });
    },
  };
}
