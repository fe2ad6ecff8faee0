/** Trains one task of a run from its first step to its checkpoint's contents, saying what happens as it goes. */
import { LabError } from '../core/errors.ts';
import type { LabEvent, RunPhase, StepPoint } from '../core/protocol.ts';
import { createRandom, deriveSeed, permutation } from '../core/random.ts';
import type { ImageSet } from '../data/types.ts';
import { deviceMemory } from '../engine/device.ts';
import { measureImportance, type ImportanceRule } from '../engine/importance/output-importance.ts';
import { driftDensity } from '../engine/importance/drift-density.ts';
import { summarizeImportance } from '../engine/importance/summary.ts';
import { overlapOf, topTenth } from '../engine/importance/top-sets.ts';
import { LossLog } from '../engine/loss-log.ts';
import { copyParams, disposeParams, type Params } from '../engine/model/params.ts';
import type { TrainingItem } from '../engine/methods/method.ts';
import { batchTensor, evaluationBatch, gatherItems, imageBatches, type GatheredBatch } from './batches.ts';
import { Evaluator } from './evaluator.ts';
import type { Gate } from './gate.ts';
import { taskImportanceSet } from './importance-set.ts';
import { inModelOrder } from './importance-order.ts';
import type { LiveRun } from './live-run.ts';
import { recordMetrics } from './run-record.ts';
import { sample } from './sample.ts';
import type { TaskProvider } from './task-provider.ts';
import { weightUpdate } from './weight-watch.ts';

/** Steps between two readings of the penalty, which costs a pass over all weights. */
const PENALTY_EVERY = 8;
/** Milliseconds between two readings of the losses: ten a second is as fast as a chart needs. */
const READ_EVERY_MS = 100;
/** Losses at most between two readings, so that a fast device is not left unwatched. */
const READ_EVERY_STEPS = 64;

export interface RunnerHost {
  readonly gate: Gate;
  readonly provider: TaskProvider;
  emit(event: LabEvent): void;
  /** Monotonic milliseconds. */
  now(): number;
  /** Lets waiting messages in; called between steps. */
  breathe(): Promise<void>;
  /** Makes the device faster where that is to be learned from the steps so far; called between steps, outside their time. */
  tune?(): Promise<void>;
}

interface StepNote {
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly lambda: number;
}

export class TaskRunner {
  private readonly run: LiveRun;
  private readonly host: RunnerHost;
  private readonly task: number;
  private readonly losses = new LossLog<StepNote>();
  private readonly stepTimes: number[] = [];
  private lastPenalty = 0;
  private step: number;
  private readonly lastTask: number;
  private readonly evaluator: Evaluator;

  constructor(run: LiveRun, host: RunnerHost, task: number, lastTask: number) {
    this.run = run;
    this.host = host;
    this.task = task;
    this.lastTask = lastTask;
    this.step = run.record.steps.at(-1)?.step ?? 0;
    this.evaluator = new Evaluator(run, host, task);
  }

  /** @throws the abort reason when stopped; LabError 'diverged' when a loss is not finite */
  async train(): Promise<void> {
    const { run, host, task } = this;
    this.phase({ kind: 'preparing', task });
    await this.loadData();
    run.addHead(run.taskData(task).classes.length);
    await this.evaluator.beforeTask();
    run.trainer.resetOptimizer();
    run.method.beforeTask?.(run.trainer.context(run.config.lambda), task);
    try {
      for (let epoch = 0; epoch < run.config.epochs; epoch++) {
        await this.trainEpoch(epoch);
        this.phase({ kind: 'evaluating', task, epoch });
        if (epoch + 1 < run.config.epochs) await this.evaluator.afterEpoch(this.step, epoch);
        host.gate.ended('epoch');
      }
      await this.evaluator.afterTask(this.step, run.config.epochs - 1);
    } finally {
      await this.losses.clear();
    }
    await this.consolidate();
    run.record.finishedTasks = task + 1;
    host.gate.ended('task');
    run.record.stepMs.push(median(this.stepTimes));
    host.emit({ kind: 'metrics', metrics: recordMetrics(run.record) });
  }

  /** Images of this task and, after a reload, of the earlier ones, which are tested on again. */
  private async loadData(): Promise<void> {
    const { run, host, task } = this;
    for (let t = 0; t <= task; t++) {
      if (run.data.has(t)) continue;
      run.data.set(t, await host.provider.load(run.config, t, run.model, () => undefined, host.gate.signal));
      host.gate.signal.throwIfAborted();
    }
  }

  private async trainEpoch(epoch: number): Promise<void> {
    const { run, host, task } = this;
    const { seed, batchSize } = run.config;
    const items = run.method.trainingTasks(task).flatMap((t) => itemsOf(t, run.taskData(t).train));
    const order = permutation(items.length, createRandom(seed, 'shuffle', task, epoch));
    const stepsPerEpoch = Math.ceil(items.length / batchSize);
    let next = this.gather(items, order, epoch, 0);
    let lastRead = host.now();
    for (let s = 0; s < stepsPerEpoch; s++) {
      const position = { task, epoch, step: s, stepsPerEpoch };
      if (s === 0) this.phase({ kind: 'training', ...position });
      if (host.gate.paused) await this.report(true);
      await host.gate.pass((waiting) => this.phase({ kind: waiting ? 'paused' : 'training', ...position }));
      const started = host.now();
      const batch = await next;
      // The next batch is gathered while the device works on this one.
      if (s + 1 < stepsPerEpoch) {
        next = this.gather(items, order, epoch, s + 1);
        // Awaited at the next step; a run that stops before then must not leave it unhandled.
        next.catch(() => undefined);
      }
      this.trainStep(batch, epoch);
      if (this.losses.size >= READ_EVERY_STEPS || host.now() - lastRead >= READ_EVERY_MS) {
        this.phase({ kind: 'training', ...position, step: s + 1 });
        await this.report(false);
        lastRead = host.now();
      }
      await host.breathe();
      this.stepTimes.push(host.now() - started);
      await host.tune?.();
      await this.evaluator.afterStep(this.step, epoch, this.stepTimes.length);
    }
    await this.report(true);
  }

  private gather(items: readonly TrainingItem[], order: Uint32Array, epoch: number, s: number): Promise<GatheredBatch> {
    const { run, task } = this;
    const { seed, batchSize } = run.config;
    const own = [...order.subarray(s * batchSize, (s + 1) * batchSize)].map((k) => items[k]!);
    const random = createRandom(seed, 'rehearse', task, epoch, s);
    const labels = Array.from({ length: task }, (_, t) => run.taskData(t).train.labels);
    const rehearsed = run.method.rehearse?.(task, labels, random.below) ?? [];
    return gatherItems(run.model, [...own, ...rehearsed], (t) => run.taskData(t).train);
  }

  private trainStep(batch: GatheredBatch, epoch: number): void {
    const { run, task } = this;
    const { config } = run;
    this.step += 1;
    const learningRate = config.learningRate * config.lrDecayFactor ** Math.floor(epoch / config.lrDecayEvery);
    const augmentation = config.augment ? createRandom(config.seed, 'augment', task, this.step) : null;
    const x = batchTensor(run.model, batch, augmentation);
    const penalised = this.step % PENALTY_EVERY === 0 && run.method.omega() !== null;
    // Before the update, like the loss it stands beside.
    const penalty = penalised ? run.trainer.penalty(config.lambda) : null;
    const loss = run.trainer.step(task, { x, segments: batch.segments }, {
      lambda: config.lambda,
      learningRate,
      momentum: config.momentum,
      weightDecay: config.weightDecay,
      penaltyStep: config.penaltyStep,
      dropoutSeed: deriveSeed(config.seed, 'dropout', this.step),
    });
    x.dispose();
    this.losses.add({ step: this.step, epoch, learningRate, lambda: config.lambda }, loss, penalty);
  }

  /** Reads the losses due, judges them and sends them on. */
  private async report(all: boolean): Promise<void> {
    const { run, host, task } = this;
    const probed = await run.trainer.probe.read();
    if (probed) host.emit({ kind: 'update', update: weightUpdate(run, task, this.step, probed) });
    const points: StepPoint[] = (await this.losses.flush(all)).map(({ note, loss, penalty }) => {
      this.lastPenalty = penalty ?? this.lastPenalty;
      return { ...note, task, loss, penalty: this.lastPenalty };
    });
    const bad = points.find((point) => !Number.isFinite(point.loss));
    if (bad) throw this.diverged(bad);
    if (points.length === 0) return;
    run.record.steps.push(...points);
    host.emit({ kind: 'steps', points });
    const stepMs = median(this.stepTimes.slice(-20));
    if (stepMs > 0) {
      const { tensors, bytes } = deviceMemory();
      host.emit({
        kind: 'speed',
        speed: { stepMs, imagesPerSecond: (1000 * run.config.batchSize) / stepMs, etaMs: this.timeLeft(stepMs), tensors, deviceBytes: bytes },
      });
    }
  }

  /** Steps left in all tasks asked for, at the present pace. */
  private timeLeft(stepMs: number): number {
    const { run, task } = this;
    const perEpoch = Math.ceil(run.taskData(task).train.length / run.config.batchSize);
    const firstStep = run.record.steps.find((point) => point.task === task)?.step ?? this.step;
    const done = this.step - firstStep + 1;
    return Math.max(0, perEpoch * run.config.epochs * (this.lastTask - task + 1) - done) * stepMs;
  }

  private diverged(point: StepPoint): LabError {
    const { config } = this.run;
    const product = 2 * point.learningRate * point.lambda * this.run.method.penaltyScale * this.run.maxOmega;
    const penalised = config.penaltyStep === 'gradient' && product >= 2 * (1 + config.momentum);
    return new LabError(
      'diverged',
      `Training diverged: the loss at step ${point.step} (task ${point.task + 1}, epoch ${point.epoch + 1}) is ${point.loss}. ` +
        (penalised
          ? `lr · 2λ · max Ω is ${product.toPrecision(3)}, and the gradient form of the penalty is unstable from ${(2 * (1 + config.momentum)).toPrecision(2)} on.`
          : `The learning rate was ${point.learningRate}.`),
      penalised ? 'Lower λ or the learning rate, or choose the proximal penalty step, which is stable for every λ.' : 'Lower the learning rate and continue from the last finished task.',
    );
  }

  /** Importance, anchor, and what the screen shows of them. */
  private async consolidate(): Promise<void> {
    const { run, host, task } = this;
    if (!run.method.afterTask) return;
    const started = host.now();
    const before = run.method.anchor();
    const anchorBefore = before ? copyParams(before) : null;
    // With the Ω that held the weights while they moved, not with this task's.
    const held = run.method.omega();
    const density = held && before ? await driftDensity(held, before, run.network.backbone) : null;
    try {
      await run.method.afterTask(run.trainer.context(run.config.lambda), task, (rule) => this.measure(rule));
      const elapsedMs = host.now() - started;
      const omega = run.method.omega();
      if (omega) {
        const measured = await summarizeImportance(run.model, task, omega, run.network.backbone, anchorBefore, elapsedMs);
        const own = run.method.ownOmega?.() ?? null;
        run.topSets[task] = own ? await topTenth(own) : null;
        const sets = Array.from({ length: task + 1 }, (_, t) => run.topSets[t] ?? null);
        const overlap = own ? overlapOf(sets, measured.layers.map(({ count }) => count)) : null;
        const summary = inModelOrder({ ...measured, ...(density ? { density } : {}), ...(overlap ? { overlap } : {}) }, run.model);
        run.record.importances.push(summary);
        run.record.importanceMs.push(elapsedMs);
        host.emit({ kind: 'importance', summary });
      }
    } finally {
      run.method.forgetOwnOmega?.();
      if (anchorBefore) disposeParams(anchorBefore);
    }
  }

  private async measure(rule: ImportanceRule): Promise<Params> {
    const { run, host, task } = this;
    const { config, model, network } = run;
    const images = config.importanceSource === 'dataset'
      ? await host.provider.loadImportance(config, model, host.gate.signal)
      : taskImportanceSet(config, task, run.taskData(task));
    const indices = sample(images.length, config.importanceImages, createRandom(config.seed, 'importance', task));
    const size = rule.kind === 'batch' ? config.importanceBatch : evaluationBatch(model);
    return measureImportance({
      model,
      backbone: network.backbone,
      head: network.heads[task]!,
      trained: run.trained,
      rule,
      batches: imageBatches(model, images, indices, size),
      onProgress: async (done) => {
        this.phase({ kind: 'measuring', task, done, total: indices.length });
        await host.breathe();
        host.gate.signal.throwIfAborted();
      },
    });
  }

  private phase(phase: RunPhase): void {
    this.host.emit({ kind: 'phase', phase });
  }
}

function itemsOf(task: number, images: ImageSet): TrainingItem[] {
  return Array.from({ length: images.length }, (_, index) => ({ task, index }));
}

/** Of nothing: 0. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
