/** The run in progress: its record and what lives on the device. */
import type { RunConfig } from '../core/config.ts';
import type { TaskData } from '../data/types.ts';
import type { Predictions } from '../engine/evaluation.ts';
import { createMethod } from '../engine/methods/registry.ts';
import type { Method } from '../engine/methods/method.ts';
import { deviceParams, disposeParams, hostParams, initialParams } from '../engine/model/params.ts';
import { modelSpec } from '../engine/model/models.ts';
import { backboneParams, trainableParams, type ModelSpec } from '../engine/model/spec.ts';
import { addHead, createNetwork, disposeNetwork, downloadNetwork, headParams, uploadNetwork, type NetworkState } from '../engine/network-state.ts';
import { Trainer } from '../engine/trainer.ts';
import type { Checkpoint, RunRecord } from './run-record.ts';

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

  private constructor(record: RunRecord, network: NetworkState) {
    const { config } = record;
    this.record = record;
    this.model = network.model;
    this.network = network;
    this.method = createMethod(config);
    this.trained = trainableParams(network.model, config.trainableConvLayers);
    this.trainer = new Trainer(network, this.trained, this.method, config);
  }

  /** At the start of its first task. */
  static fresh(record: RunRecord): LiveRun {
    const { config } = record;
    return new LiveRun(record, createNetwork(modelSpec(config.model, config.dropout), config.seed));
  }

  /** As it was after its last finished task. @throws LabError 'param-mismatch' */
  static from(record: RunRecord, checkpoint: Checkpoint): LiveRun {
    const { config } = record;
    const model = modelSpec(config.model, config.dropout);
    const run = new LiveRun(record, uploadNetwork(model, checkpoint.network));
    run.then = [...checkpoint.then];
    run.now = [...checkpoint.now];
    run.labels = [...checkpoint.labels];
    const omega = checkpoint.omega ? deviceParams(checkpoint.omega, backboneParams(model).filter(({ name }) => checkpoint.omega!.has(name)), model) : null;
    run.method.restore?.(run.trainer.context(config.lambda), omega, record.finishedTasks);
    if (omega) disposeParams(omega);
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

  /** The untrained network with the head that `task` starts from: the baseline of forward transfer. The caller disposes it. */
  untrained(task: number, classes: number): NetworkState {
    const { seed } = this.config;
    const network = createNetwork(this.model, seed);
    network.heads.push(initialParams(headParams(this.model, classes), seed, task));
    return network;
  }

  /** Largest entry of Ω as last measured; 0 before the first task. */
  get maxOmega(): number {
    return this.record.importances.at(-1)?.maxOmega ?? 0;
  }

  async checkpoint(): Promise<Checkpoint> {
    const omega = this.method.omega();
    return {
      network: await downloadNetwork(this.network),
      omega: omega ? await hostParams(omega, backboneParams(this.model), this.model) : null,
      then: this.then,
      now: this.now,
      labels: this.labels,
    };
  }

  dispose(): void {
    this.trainer.dispose();
    this.method.dispose();
    disposeNetwork(this.network);
    this.data.clear();
  }
}
