/**
 * One lab: at most one run in progress, started, paused, stepped, stopped and branched by commands, told in events.
 * It knows neither page nor file system; a worker or the command line hosts it.
 */
import type { RunConfig } from '../core/config.ts';
import { validateConfig } from '../core/config-text.ts';
import { LabError, toErrorData } from '../core/errors.ts';
import type { Command, LabEvent, RunPhase } from '../core/protocol.ts';
import type { Locks } from '../data/locks.ts';
import type { BlobStore } from '../data/types.ts';
import { createMethod } from '../engine/methods/registry.ts';
import { AnswerHistory, type Answers } from './answer-history.ts';
import { checkpointSource, readCheckpoint, type Checkpoint, type CheckpointSource } from './checkpoint.ts';
import { Gate } from './gate.ts';
import { LiveRun } from './live-run.ts';
import { runReport, type RunReport } from './run-files.ts';
import { cutRecord, newRecord, recordMetrics, RunStore, runHistory, runSummary, type RecordMaker, type RunRecord } from './run-record.ts';
import type { Judgement } from './task-report.ts';
import type { TaskProvider } from './task-provider.ts';
import { TaskRunner, type RunnerHost } from './task-runner.ts';
import { WeightStore, type StartingPoint } from './weight-store.ts';
import { WeightWatch } from './weight-watch.ts';

export interface SessionHost extends RecordMaker {
  readonly store: BlobStore;
  readonly locks: Locks;
  readonly provider: TaskProvider;
  emit(event: LabEvent): void;
  /** Monotonic milliseconds. */
  now(): number;
  breathe(): Promise<void>;
  /** Given a moment between steps to make the device faster; ends within milliseconds once `goOn` says false. */
  tune?(goOn: () => boolean): Promise<void>;
}

/** Commands that concern runs; the host answers the others (data, backend). */
export type RunCommand = Extract<
  Command,
  { kind: 'start' | 'continue' | 'pause' | 'resume' | 'step' | 'train-through' | 'watch' | 'stop' | 'reset' | 'adjust' | 'open-run' | 'delete-run' | 'annotate-run' }
>;

export class Session {
  readonly runs: RunStore;
  /** Imported weights that runs can start from. */
  readonly weights: WeightStore;
  private readonly host: SessionHost;
  private readonly answerHistory: AnswerHistory;
  private readonly gate = new Gate();
  private readonly watch: WeightWatch;
  private current: LiveRun | null = null;
  private record: RunRecord | null = null;
  /** The last checkpoint, kept here only where the store refused it. */
  private unsaved: Checkpoint | null = null;
  private active: Promise<void> | null = null;
  private phase: RunPhase = { kind: 'idle' };

  constructor(host: SessionHost) {
    this.host = host;
    this.runs = new RunStore(host.store, host.locks);
    this.weights = new WeightStore(host.store);
    this.answerHistory = new AnswerHistory(this.runs);
    this.watch = new WeightWatch((event) => host.emit(event));
  }

  get currentRecord(): RunRecord | null {
    return this.record;
  }

  /** The run on the device, while there is one. */
  get live(): LiveRun | null {
    return this.current;
  }

  get busy(): boolean {
    return this.active !== null;
  }

  /** Resolves when nothing trains any more: all that was asked for is done, or it stopped or failed. */
  async settled(): Promise<void> {
    await this.active;
  }

  async dispatch(command: RunCommand): Promise<void> {
    switch (command.kind) {
      case 'start':
        return this.start(command.config, command.scope);
      case 'continue':
        return this.continue(command.scope);
      case 'pause':
        this.requireBusy('paused');
        return this.gate.pause();
      case 'resume':
        this.requireBusy('resumed');
        return this.gate.resume();
      case 'step':
        if (!this.busy) await this.continue('task');
        return this.gate.single();
      case 'train-through':
        if (!this.busy) await this.continue('task');
        return this.gate.through(command.stretch);
      case 'watch':
        return this.watch.choose(command.choice, this.current);
      case 'stop':
        return this.stop();
      case 'reset':
        await this.stop();
        this.release();
        this.record = null;
        this.host.emit({ kind: 'run', runId: null, config: null, tasks: [], history: null });
        return this.setPhase({ kind: 'idle' });
      case 'adjust':
        return this.adjust(command.change);
      case 'open-run':
        return this.open(command.runId, command.afterTask, command.change);
      case 'delete-run':
        if (this.record?.id === command.runId) await this.dispatch({ kind: 'reset' });
        await this.runs.delete(command.runId);
        return this.announceRuns();
      case 'annotate-run':
        await this.annotate(command.runId, { name: command.name, note: command.note });
        return this.announceRuns();
    }
  }

  /** Sends the list of stored runs. */
  async announceRuns(): Promise<void> {
    this.host.emit({ kind: 'runs', runs: (await this.runs.list()).map(runSummary) });
  }

  /** The state after the last finished task, its tensors read when they are asked for. @throws LabError 'run-missing', 'run-state' where there is none */
  async lastState(): Promise<CheckpointSource> {
    const { record, unsaved } = this;
    if (!record || record.finishedTasks === 0) throw new LabError('run-state', 'No task is finished yet.', 'Train a task first.');
    return unsaved ? checkpointSource(unsaved) : this.runs.checkpoint(record.id, record.finishedTasks);
  }

  /** The same with all its tensors in memory. @throws LabError as {@link lastState} */
  async lastCheckpoint(): Promise<Checkpoint> {
    return readCheckpoint(await this.lastState());
  }

  /** What the current run measured so far. @throws LabError 'run-state' where there is none */
  report(): RunReport {
    if (!this.record) throw new LabError('run-state', 'There is no run to report on.', 'Start one first.');
    return runReport(this.record);
  }

  /** What the network said of a finished task's test images right after learning it and says now; null while unfinished. */
  async judgement(task: number): Promise<Judgement | null> {
    const { record } = this;
    if (!record || task >= record.finishedTasks) return null;
    const { then, now, labels, winners } = (await this.lastState()).answers;
    const [before, after, truth] = [then[task], now[task], labels[task]];
    return before && after && truth ? { then: before, now: after, labels: truth, winners: winners?.[task] ?? null } : null;
  }

  /** What the network said of a finished task's test images after it and each task since, as far as states are kept. @throws LabError 'run-state' */
  async answers(task: number): Promise<readonly Answers[]> {
    const last = await this.lastState();
    if (!this.record) throw new Error('a checkpoint without its run');
    return this.answerHistory.of(this.record, last.answers, task);
  }

  /** A run of `tasks`, nothing of it trained or stored. */
  newRun(config: RunConfig, tasks: RunRecord['tasks']): RunRecord {
    return newRecord(this.host, config, tasks, null);
  }

  /** A branch of the current run after its last finished task, not stored. @throws LabError as {@link lastCheckpoint} */
  async branch(): Promise<{ readonly record: RunRecord; readonly checkpoint: Checkpoint }> {
    const checkpoint = await this.lastCheckpoint();
    const { record } = this;
    if (!record) throw new Error('a checkpoint without its run');
    return { record: this.branchOf(record, record.finishedTasks, {}), checkpoint };
  }

  /** Stores a run that came from outside or was made from another, and makes it current. @throws LabError 'storage-full', nothing changed */
  async takeIn(record: RunRecord, checkpoint: Checkpoint): Promise<void> {
    await this.runs.saveTask(record, checkpointSource(checkpoint));
    await this.stop();
    this.release();
    this.adopt(record);
    await this.announceRuns();
  }

  /** Stops training and frees the device; the run goes on from its last finished task. For a change of backend. */
  async suspend(): Promise<void> {
    await this.stop();
    this.release();
  }

  /** @throws LabError 'run-missing' */
  private async annotate(runId: string, words: Pick<RunRecord, 'name' | 'note'>): Promise<void> {
    const current = this.record?.id === runId ? this.record : null;
    if (current) Object.assign(current, words);
    // Not all that the current record tells is stored: a state that the store refused must not be spoken of there.
    const stored = current ? await this.runs.findRecord(runId) : await this.runs.record(runId);
    if (stored) await this.runs.saveRecord({ ...stored, ...words });
    else if (current && !this.unsaved) await this.runs.saveRecord(current);
  }

  private async start(config: RunConfig, scope: 'all' | 'task'): Promise<void> {
    validateConfig(config);
    await this.weights.requireUsable(config);
    await this.stop();
    const tasks = await this.host.provider.plan(config);
    this.release();
    this.adopt(newRecord(this.host, config, tasks, null));
    this.launch(scope);
  }

  private async continue(scope: 'all' | 'task'): Promise<void> {
    if (this.busy) throw new LabError('run-state', 'A run is already training.', 'Wait for it, or stop it first.');
    if (!this.record) throw new LabError('run-state', 'There is no run to continue.', 'Start one with “Train all tasks”.');
    if (this.record.finishedTasks >= this.record.tasks.length) {
      throw new LabError('run-state', 'All tasks of this run are trained.', 'Reset, or go back to an earlier task and branch from there.');
    }
    this.launch(scope);
  }

  private async stop(): Promise<void> {
    if (!this.active) return;
    this.gate.stop();
    await this.active;
  }

  private async adjust(change: Partial<Pick<RunConfig, 'lambda' | 'epochs' | 'learningRate'>>): Promise<void> {
    const { record } = this;
    if (!record) return;
    const config = validateConfig({ ...record.config, ...change });
    record.config = config;
    record.adjustments.push({ step: (record.steps.at(-1)?.step ?? 0) + 1, change });
    this.host.emit({ kind: 'config', config });
    this.announceStability();
  }

  private async open(runId: string, afterTask: number, change: Partial<RunConfig>): Promise<void> {
    await this.stop();
    const stored = await this.runs.record(runId);
    const whole = afterTask === stored.finishedTasks && Object.keys(change).length === 0;
    this.release();
    if (whole) {
      this.adopt(stored);
    } else {
      const branch = this.branchOf(stored, afterTask, change);
      if (afterTask > 0) await this.runs.saveTask(branch, await this.runs.checkpoint(runId, afterTask));
      this.adopt(branch);
      await this.announceRuns();
    }
  }

  private branchOf(source: RunRecord, afterTask: number, change: Partial<RunConfig>): RunRecord {
    const config = validateConfig({ ...source.config, ...change });
    return cutRecord(newRecord(this.host, config, source.tasks, { runId: source.id, afterTask }), source, afterTask);
  }

  /** Makes a record current and says everything about it. */
  private adopt(record: RunRecord): void {
    this.record = record;
    this.unsaved = null;
    this.host.emit({ kind: 'run', runId: record.id, config: record.config, tasks: record.tasks, history: runHistory(record) });
    this.host.emit({ kind: 'metrics', metrics: recordMetrics(record) });
    this.setPhase(restingPhase(record));
    this.announceStability();
  }

  private launch(scope: 'all' | 'task'): void {
    this.gate.reset();
    const record = this.record;
    if (!record) throw new Error('no run to launch');
    this.active = this.trainTasks(record, scope).finally(() => {
      this.active = null;
    });
  }

  private async trainTasks(record: RunRecord, scope: 'all' | 'task'): Promise<void> {
    const started = this.host.now();
    try {
      const run = this.current ?? (await this.revive(record));
      this.current = run;
      await this.watch.apply(run);
      const last = scope === 'all' ? record.tasks.length - 1 : record.finishedTasks;
      for (let task = record.finishedTasks; task <= last; task++) {
        await new TaskRunner(run, this.runnerHost(), task, last).train();
        await this.save(run, task, started);
        // The most important weight may be another one now.
        await this.watch.apply(run);
      }
      this.setPhase(restingPhase(record));
    } catch (error) {
      // Half a task is not kept: what trains next starts from the last finished one.
      this.release();
      cutRecord(record, record, record.finishedTasks);
      this.host.emit({ kind: 'run', runId: record.id, config: record.config, tasks: record.tasks, history: runHistory(record) });
      if (this.gate.signal.aborted) this.setPhase(restingPhase(record));
      else this.fail(error);
    }
  }

  private runnerHost(): RunnerHost {
    const { host, gate } = this;
    return { gate, provider: host.provider, emit: (event) => this.forward(event), now: () => host.now(), breathe: () => host.breathe(), tune: async () => host.tune?.(() => !gate.paused && !gate.signal.aborted) };
  }

  private fail(error: unknown): void {
    const data = toErrorData(error);
    this.host.emit({ kind: 'error', error: data });
    this.setPhase({ kind: 'failed', error: data });
  }

  private async revive(record: RunRecord): Promise<LiveRun> {
    const start = (): Promise<StartingPoint> => this.weights.startingPoint(record.config);
    if (record.finishedTasks === 0) return LiveRun.fresh(record, start);
    const checkpoint = this.unsaved ?? (await readCheckpoint(await this.runs.checkpoint(record.id, record.finishedTasks)));
    return LiveRun.from(record, checkpoint, start);
  }

  private async save(run: LiveRun, task: number, started: number): Promise<void> {
    const { record } = run;
    this.setPhase({ kind: 'saving', task });
    record.elapsedMs += this.host.now() - started;
    record.updatedAt = this.host.date();
    const checkpoint = await run.checkpoint();
    try {
      await this.runs.saveTask(record, checkpointSource(checkpoint));
      this.unsaved = null;
    } catch (error) {
      // Training goes on: the state stays in memory, and the person is told what a reload would lose.
      this.unsaved = checkpoint;
      this.host.emit({ kind: 'error', error: toErrorData(error) });
    }
    this.announceStability();
    await this.announceRuns();
  }

  private forward(event: LabEvent): void {
    if (event.kind === 'phase') this.setPhase(event.phase);
    else this.host.emit(event);
  }

  private setPhase(phase: RunPhase): void {
    this.phase = phase;
    this.host.emit({ kind: 'phase', phase });
  }

  /** The phase as last announced. */
  get currentPhase(): RunPhase {
    return this.phase;
  }

  private announceStability(): void {
    const { record } = this;
    if (!record) return;
    const { learningRate, lambda, momentum } = record.config;
    const maxOmega = record.importances.at(-1)?.maxOmega ?? 0;
    const scale = createMethod(record.config).penaltyScale;
    this.host.emit({ kind: 'stability', product: 2 * learningRate * lambda * scale * maxOmega, limit: 2 * (1 + momentum) });
  }

  private requireBusy(what: string): void {
    if (!this.busy) throw new LabError('run-state', `Nothing is training, so nothing can be ${what}.`, 'Start with “Train all tasks” or “Train task”.');
  }

  private release(): void {
    this.current?.dispose();
    this.current = null;
  }
}

function restingPhase(record: RunRecord): RunPhase {
  return record.finishedTasks >= record.tasks.length ? { kind: 'done' } : { kind: 'ready', finished: record.finishedTasks };
}
