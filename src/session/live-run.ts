/** The run in progress: its record and what lives on the device. */
import type { RunConfig } from '../core/config.ts';
import type { TaskData } from '../data/types.ts';
import type { Predictions } from '../engine/evaluation.ts';
import { createMethod } from '../engine/methods/registry.ts';
import type { Method } from '../engine/methods/method.ts';
import { deviceParams, disposeParams, hostParams, initialHead, type HostParams, type Params } from '../engine/model/params.ts';
import { modelSpec } from '../engine/model/models.ts';
import { backboneParams, trainableParams, type ModelSpec } from '../engine/model/spec.ts';
import { addHead, createNetwork, disposeNetwork, downloadNetwork, headParams, uploadNetwork, type NetworkState } from '../engine/network-state.ts';
import { Trainer } from '../engine/trainer.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';
import { missingWeights, type StartingPoint } from './weight-store.ts';

export class LiveRun {
  readonly record: RunRecord;
  readonly model: ModelSpec;
  readonly network: NetworkState;
  readonly method: Method;
  readonly trainer: Trainer;
  readonly trained: ReadonlySet<string>;
  /** Images of the tasks begun so far. */
  readonly data = new Map<number, TaskData>();
  /** Logits of each finished task's test images right after learning it, and after the last finished task. */
  then: Predictions[] = [];
  now: Predictions[] = [];
  labels: Uint16Array[] = [];
  /** As in {@link Checkpoint}. */
  winners: Uint16Array[] = [];
  topSets: (Uint32Array | null)[] = [];

  private readonly start: () => Promise<StartingPoint>;

  private constructor(record: RunRecord, network: NetworkState, start: () => Promise<StartingPoint>) {
    const { config } = record;
    this.record = record;
    this.start = start;
    this.model = network.model;
    this.network = network;
    this.method = createMethod(config);
    this.trained = trainableParams(network.model, config.trainableConvLayers);
    this.trainer = new Trainer(network, this.trained, this.method, config);
  }

  /**
   * At the start of its first task.
   * @param start reads what its backbone starts from
   * @throws LabError 'data-missing' for starting weights that are not stored, 'param-mismatch' for those of another model
   */
  static async fresh(record: RunRecord, start: () => Promise<StartingPoint>): Promise<LiveRun> {
    const { config } = record;
    const network = startingNetwork(modelSpec(config.model, config.dropout), config, await start());
    if (!network) throw missingWeights(config);
    return new LiveRun(record, network, start);
  }

  /** As it was after its last finished task. @throws LabError 'param-mismatch' */
  static from(record: RunRecord, checkpoint: Checkpoint, start: () => Promise<StartingPoint>): LiveRun {
    const { config } = record;
    const model = modelSpec(config.model, config.dropout);
    const run = new LiveRun(record, uploadNetwork(model, checkpoint.network), start);
    run.then = [...checkpoint.then];
    run.now = [...checkpoint.now];
    run.labels = [...checkpoint.labels];
    run.winners = [...(checkpoint.winners ?? [])];
    run.topSets = [...(checkpoint.topSets ?? [])];
    const upload = (host: HostParams): Params => deviceParams(host, backboneParams(model).filter(({ name }) => host.has(name)), model);
    const omega = checkpoint.omega ? upload(checkpoint.omega) : null;
    const anchor = checkpoint.anchor ? upload(checkpoint.anchor) : null;
    const running = new Map([...(checkpoint.running ?? [])].map(([name, host]) => [name, upload(host)] as const));
    run.method.restore?.(run.trainer.context(config.lambda), { finishedTasks: record.finishedTasks, omega, anchor, running });
    for (const params of [omega, anchor, ...running.values()]) if (params) disposeParams(params);
    return run;
  }

  get config(): RunConfig {
    return this.record.config;
  }

  /** Images of a task begun. */
  taskData(task: number): TaskData {
    const data = this.data.get(task);
    if (!data) throw new Error(`task ${task} was not loaded`);
    return data;
  }

  /** Adds the head of the next task. */
  addHead(classes: number): void {
    addHead(this.network, classes, this.config.seed);
  }

  /**
   * The network as the run began, with the head that `task` starts from: the baseline of forward transfer. The caller disposes it.
   * Null where it began from weights that are not stored here.
   */
  async untrained(task: number, classes: number): Promise<NetworkState | null> {
    const network = startingNetwork(this.model, this.config, await this.start());
    network?.heads.push(initialHead(headParams(this.model, classes), this.config.seed, task));
    return network;
  }

  /** Largest entry of Ω as last measured; 0 before the first task. */
  get maxOmega(): number {
    return this.record.importances.at(-1)?.maxOmega ?? 0;
  }

  async checkpoint(): Promise<Checkpoint> {
    const download = (params: Params): Promise<HostParams> => hostParams(params, backboneParams(this.model), this.model);
    const omega = this.method.omega();
    const running = new Map<string, HostParams>();
    for (const [name, params] of this.method.running?.() ?? []) running.set(name, await download(params));
    return {
      network: await downloadNetwork(this.network),
      omega: omega ? await download(omega) : null,
      running,
      then: [...this.then],
      now: [...this.now],
      labels: [...this.labels],
      winners: [...this.winners],
      topSets: [...this.topSets],
    };
  }

  dispose(): void {
    this.trainer.dispose();
    this.method.dispose();
    disposeNetwork(this.network);
    this.data.clear();
  }
}

/** Null where the weights it should start from are missing. */
function startingNetwork(model: ModelSpec, { seed }: RunConfig, start: StartingPoint): NetworkState | null {
  switch (start.kind) {
    case 'random':
      return createNetwork(model, seed);
    case 'imported':
      return createNetwork(model, seed, start.backbone);
    case 'missing':
      return null;
  }
}
