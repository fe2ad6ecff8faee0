/**
 * Trains methods side by side: the same tasks, seeds, network and schedule for each. λ of a method is chosen on held-out
 * training images of the first tasks, so that no test image has a say; then every method trains with every seed.
 */
import {
  bestLambda, comparedConfig, comparisonRows, lambdaGrid, meanScores, selectionSeeds, validateComparison,
  type ComparedRun, type Comparison, type ComparisonProgress, type ComparisonRequest, type LambdaChoice, type LambdaScore,
} from '../core/comparison.ts';
import type { MethodId, RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { METHOD_TRAITS } from '../core/method-settings.ts';
import type { LabEvent } from '../core/protocol.ts';
import { modelSpec } from '../engine/model/models.ts';
import { fleetingStore } from './fleeting-store.ts';
import { HeldOutTasks } from './held-out-tasks.ts';
import { KeptTasks } from './kept-tasks.ts';
import { recordMetrics, type RunRecord } from './run-record.ts';
import { Session, type SessionHost } from './session.ts';
import type { TaskProvider } from './task-provider.ts';

/** Results of pieces of a comparison, kept so that an interrupted one need not begin again. Values are plain JSON. */
export interface PieceStore {
  get(name: string): Promise<unknown>;
  set(name: string, value: unknown): Promise<void>;
}

export type DatasetNames = Pick<RunConfig, 'dataset' | 'importanceDataset'>;

/** What a comparison needs of its host; of the store it only reads. */
export interface ComparisonHost extends Omit<SessionHost, 'emit'> {
  readonly signal: AbortSignal;
  readonly pieces?: PieceStore;
  /** What datasets are called from outside, in configs that reproduce a row. */
  readonly names?: DatasetNames;
  onProgress(progress: ComparisonProgress): void;
}

/** @throws LabError of {@link validateComparison}; 'data-mismatch', 'class-too-small' before training; 'diverged'; 'cancelled' */
export async function runComparison(request: ComparisonRequest, host: ComparisonHost): Promise<Comparison> {
  validateComparison(request);
  return new Comparing(request, host).run();
}

class Comparing {
  private readonly request: ComparisonRequest;
  private readonly host: ComparisonHost;
  private readonly tasks: KeptTasks;
  private readonly runs: ComparedRun[] = [];
  private readonly startedMs: number;
  private done = 0;
  private now: Pick<ComparisonProgress, 'stage' | 'method' | 'lambda' | 'seed'> | null = null;
  private readonly total: number;

  constructor(request: ComparisonRequest, host: ComparisonHost) {
    this.request = request;
    this.host = host;
    this.startedMs = host.now();
    this.tasks = new KeptTasks(host.provider);
    this.total =
      selectionSeeds(request).length * request.methods.reduce((sum, method) => sum + (this.mustChoose(method) ? this.choosingTasks(method) : 0), 0) +
      request.methods.length * request.seeds.length * request.config.tasks;
  }

  async run(): Promise<Comparison> {
    const { request, host } = this;
    await this.checkData();
    const choices = await this.choose();
    // By seeds first: a seed's tasks are decoded once for all methods.
    for (const seed of request.seeds) {
      for (const { method, lambda } of choices) {
        const config = comparedConfig(request, method, seed, lambda);
        this.runs.push(await this.piece(`${method}-seed${seed}`, config, config.tasks, () => this.train(config)));
        this.progress();
      }
    }
    return { request, backend: host.backendName(), choices, runs: this.runs, rows: comparisonRows(request.methods, this.runs) };
  }

  private mustChoose(method: MethodId): boolean {
    return this.request.config.tasks > 1 && lambdaGrid(this.request, method).length > 1;
  }

  /** Everything the data could refuse, before the first step. */
  private async checkData(): Promise<void> {
    const { request, host } = this;
    const { config, seeds, methods, selectionTasks } = request;
    for (const seed of seeds) await host.provider.plan({ ...config, seed });
    if (!methods.some((method) => this.mustChoose(method))) return;
    const held = new HeldOutTasks(this.tasks, selectionTasks);
    const model = modelSpec(config.model, config.dropout);
    for (const seed of selectionSeeds(request)) {
      for (let task = 0; task < selectionTasks; task++) await held.load({ ...config, seed }, task, model, () => undefined, host.signal);
    }
  }

  /** The first task once, and the others for every λ. */
  private choosingTasks(method: MethodId): number {
    return 1 + lambdaGrid(this.request, method).length * (this.request.selectionTasks - 1);
  }

  private async choose(): Promise<LambdaChoice[]> {
    const { request } = this;
    const bySeed = new Map<MethodId, LambdaScore[][]>(request.methods.map((method) => [method, []]));
    for (const seed of selectionSeeds(request)) {
      for (const method of request.methods) {
        if (this.mustChoose(method)) bySeed.get(method)!.push(await this.scoresOf(method, seed));
      }
    }
    return request.methods.map((method) => this.choiceOf(method, meanScores(bySeed.get(method)!)));
  }

  private choiceOf(method: MethodId, scores: readonly LambdaScore[]): LambdaChoice {
    const grid = lambdaGrid(this.request, method);
    if (!this.mustChoose(method)) return { method, lambda: grid[0] ?? METHOD_TRAITS[method].lambda, scores: [] };
    const lambda = bestLambda(scores);
    if (lambda === null) throw new LabError('diverged', `Training ${method} diverged for every λ tried: ${grid.join(', ')}.`, 'Lower the learning rate, or choose the proximal penalty step.');
    return { method, lambda, scores };
  }

  private scoresOf(method: MethodId, seed: number): Promise<LambdaScore[]> {
    const { request } = this;
    const grid = lambdaGrid(request, method);
    const config = comparedConfig(request, method, seed, grid[0]!);
    const inputs = { ...config, lambda: grid, selectionTasks: request.selectionTasks };
    return this.piece(`choose-${method}-seed${seed}`, inputs, this.choosingTasks(method), () => this.scores(config, grid));
  }

  /** The first task is the same for every λ, so it is trained once, and each λ branches off after it. */
  private async scores(config: RunConfig, grid: readonly number[]): Promise<LambdaScore[]> {
    const session = this.session(new HeldOutTasks(this.tasks, this.request.selectionTasks));
    this.show('choosing', config);
    await this.settle(session, () => session.dispatch({ kind: 'start', config, scope: 'task' }));
    const first = needRecord(session).id;
    const scores: LambdaScore[] = [];
    for (const lambda of grid) {
      await session.dispatch({ kind: 'open-run', runId: first, afterTask: 1, change: { lambda } });
      this.show('choosing', { ...config, lambda });
      scores.push({ lambda, accuracy: await this.scoreOf(session) });
      await session.dispatch({ kind: 'delete-run', runId: needRecord(session).id });
    }
    await session.dispatch({ kind: 'reset' });
    return scores;
  }

  private async scoreOf(session: Session): Promise<number | null> {
    try {
      await this.settle(session, () => session.dispatch({ kind: 'continue', scope: 'all' }));
    } catch (error) {
      if (error instanceof LabError && error.code === 'diverged') return null;
      throw error;
    }
    return recordMetrics(needRecord(session)).averageAccuracy;
  }

  private async train(config: RunConfig): Promise<ComparedRun> {
    this.show('training', config);
    const session = this.session(this.tasks);
    await this.settle(session, () => session.dispatch({ kind: 'start', config, scope: 'all' }));
    const record = needRecord(session);
    const { stepMs } = session.report();
    await session.dispatch({ kind: 'reset' });
    return {
      method: config.method,
      seed: config.seed,
      config: this.named(config),
      metrics: recordMetrics(record),
      evaluations: record.evaluations,
      stepMs,
      elapsedMs: record.elapsedMs,
    };
  }

  private session(provider: TaskProvider): Session {
    return new Session({ ...this.host, provider, store: fleetingStore(this.host.store), emit: (event) => this.hear(event) });
  }

  /** Waits for what `begin` starts. @throws what ended it, 'cancelled' where the signal did */
  private async settle(session: Session, begin: () => Promise<void>): Promise<void> {
    const { signal } = this.host;
    const stop = (): void => void session.dispatch({ kind: 'stop' });
    if (signal.aborted) throw cancelled();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await begin();
      await session.settled();
    } finally {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) await session.dispatch({ kind: 'reset' });
    }
    if (signal.aborted) throw cancelled();
    const phase = session.currentPhase;
    if (phase.kind === 'failed') throw LabError.fromData(phase.error);
  }

  /** A piece of so many tasks' training: what was kept of it with the same inputs on the same backend, or its computation, kept. */
  private async piece<T>(name: string, config: object, tasks: number, compute: () => Promise<T>): Promise<T> {
    const before = this.done;
    const value = await this.kept(name, config, compute);
    this.done = before + tasks;
    return value;
  }

  private async kept<T>(name: string, config: object, compute: () => Promise<T>): Promise<T> {
    const { pieces } = this.host;
    if (!pieces) return compute();
    const inputs = JSON.stringify({ ...config, ...this.host.names, backend: this.host.backendName() });
    const known = await pieces.get(name);
    if (isPiece(known) && known.inputs === inputs) return known.value as T;
    const value = await compute();
    await pieces.set(name, { inputs, value });
    return value;
  }

  private named(config: RunConfig): RunConfig {
    return { ...config, ...this.host.names };
  }

  private hear(event: LabEvent): void {
    // A task is trained when it is saved.
    if (event.kind === 'phase' && event.phase.kind === 'saving') {
      this.done += 1;
      this.progress();
    }
  }

  private show(stage: ComparisonProgress['stage'], { method, lambda, seed }: RunConfig): void {
    this.now = { stage, method, lambda, seed };
    this.progress();
  }

  private progress(): void {
    const { done, total, now, host } = this;
    if (now) host.onProgress({ ...now, done, total, elapsedMs: host.now() - this.startedMs, rows: comparisonRows(this.request.methods, this.runs) });
  }
}

function needRecord(session: Session): RunRecord {
  const record = session.currentRecord;
  if (!record) throw new Error('the run is gone');
  return record;
}

function isPiece(value: unknown): value is { readonly inputs: string; readonly value: unknown } {
  return typeof value === 'object' && value !== null && 'inputs' in value && 'value' in value;
}

function cancelled(): LabError {
  return new LabError('cancelled', 'The comparison was stopped.', 'Start it again: what it had finished is not trained twice.');
}
