/** Measures a run's accuracies while one task is trained: after epochs, after the task, and right after the switch to it. */
import type { EvaluationPoint } from '../core/protocol.ts';
import { createRandom } from '../core/random.ts';
import type { ImageSet, TaskData } from '../data/types.ts';
import { accuracy, concatenated, predict, predictedClass, type Predictions } from '../engine/evaluation.ts';
import { disposeNetwork, type NetworkState } from '../engine/network-state.ts';
import { evaluationBatch, imageTensors } from './batches.ts';
import type { LiveRun } from './live-run.ts';
import { everyIndex, sample } from './sample.ts';
import type { RunnerHost } from './task-runner.ts';

/** Steps of a later task in which the dip of earlier ones is looked for. */
const DIP_STEPS = 100;

export class Evaluator {
  private readonly run: LiveRun;
  private readonly host: RunnerHost;
  private readonly task: number;

  constructor(run: LiveRun, host: RunnerHost, task: number) {
    this.run = run;
    this.host = host;
    this.task = task;
  }

  /** Every task so far on the capped sample. */
  async afterEpoch(step: number, epoch: number): Promise<void> {
    this.add({ step, task: this.task, epoch, accuracy: await this.sampledRow(), full: false });
  }

  /** The same every `stabilityEvery` of a later task's first steps. @param taskStep steps of this task so far */
  async afterStep(step: number, epoch: number, taskStep: number): Promise<void> {
    const { stabilityEvery } = this.run.config;
    if (this.task === 0 || stabilityEvery === 0 || taskStep > DIP_STEPS || taskStep % stabilityEvery !== 0) return;
    this.add({ step, task: this.task, epoch, accuracy: await this.sampledRow(), full: false, midEpoch: true });
  }

  /** Every task so far on all its test images: the matrix's rows, task by task and all heads together, and what is kept for the task view. */
  async afterTask(step: number, epoch: number): Promise<void> {
    const { run, task } = this;
    const own: (number | null)[] = [];
    const together: (number | null)[] = [];
    const now: Predictions[] = [];
    const winners: Uint16Array[] = [];
    let offset = 0;
    for (let t = 0; t <= task; t++) {
      const { test } = this.data(t);
      const heads = await this.predict(run.network, test, everyIndex(test.length));
      own.push(accuracy(heads[t]!, test.labels));
      const first = offset;
      const all = concatenated(heads);
      together.push(accuracy(all, Array.from(test.labels, (label) => label + first)));
      winners.push(Uint16Array.from(test.labels, (_, k) => predictedClass(all, k)));
      offset += heads[t]!.classes;
      now.push(heads[t]!);
    }
    const { record } = run;
    // A row of its own: the next task's zero-shot accuracy will be written into it.
    record.accuracyMatrix[task] = this.row(own);
    record.classIncremental[task] = this.row(together);
    this.add({ step, task, epoch, accuracy: this.row(own), full: true });
    run.now = now;
    run.winners = winners;
    run.then[task] = now[task]!;
    run.labels[task] = this.data(task).test.labels;
  }

  /** Forward transfer: the new task's accuracy before it is learned, with its fresh head, against the untrained network's. */
  async beforeTask(): Promise<void> {
    const { run, task } = this;
    // The zero-shot accuracy stands in the row of the task before, right of its diagonal.
    const row = run.record.accuracyMatrix[task - 1];
    if (row) row[task] = await this.sampled(run.network, task, task);
    const untrained = await run.untrained(task, this.data(task).classes.length);
    run.record.baseline[task] = untrained ? await this.sampled(untrained, task, 0) : null;
    if (untrained) disposeNetwork(untrained);
  }

  private add(point: EvaluationPoint): void {
    this.run.record.evaluations.push(point);
    this.host.emit({ kind: 'evaluation', point });
  }

  /** One entry per task of the run, null for later ones. */
  private row(measured: readonly (number | null)[]): (number | null)[] {
    return this.run.record.tasks.map((_, t) => measured[t] ?? null);
  }

  private async sampledRow(): Promise<(number | null)[]> {
    const measured: (number | null)[] = [];
    for (let t = 0; t <= this.task; t++) measured.push(await this.sampled(this.run.network, t, t));
    return this.row(measured);
  }

  private async sampled(network: NetworkState, task: number, head: number): Promise<number | null> {
    const { test } = this.data(task);
    const { evalCap, seed } = this.run.config;
    const chosen = sample(test.length, evalCap, createRandom(seed, 'evaluate', task));
    const [predictions] = await this.predict({ ...network, heads: [network.heads[head]!] }, test, chosen);
    return accuracy(predictions!, Array.from(chosen, (k) => test.labels[k]!));
  }

  private async predict({ model, backbone, heads }: NetworkState, images: ImageSet, indices: ArrayLike<number>): Promise<Predictions[]> {
    this.host.gate.signal.throwIfAborted();
    const predictions = await predict(model, backbone, heads, imageTensors(model, images, indices, evaluationBatch(model)));
    await this.host.breathe();
    return predictions;
  }

  private data(task: number): TaskData {
    return this.run.taskData(task);
  }
}
