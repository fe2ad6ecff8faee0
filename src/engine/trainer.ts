/**
 * One training step: forward, losses through the heads of the batch's tasks, backward, and each parameter's update as soon
 * as its gradient is known. Which method runs is seen only through its hooks.
 */
import { add, concat, dispose, mul, reshape, scalar, slice, tensor1d, tidy, zerosLike, type Scalar, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { RunConfig } from '../core/config.ts';
import { anchorPenalty, biasUpdate, channelSum, convUpdate, denseUpdate, sgdUpdate, softmaxCrossEntropy, type UpdatedTensors, type UpdateOptions, type UpdateTensors } from '../kernels/ops.ts';
import { headForward, headGradients, headInputGradient } from './head.ts';
import type { Method, MethodContext } from './methods/method.ts';
import type { Params } from './model/params.ts';
import { backward, disposeTrace, firstTrained, forward } from './network.ts';
import type { NetworkState } from './network-state.ts';
import { WeightProbe } from './weight-probe.ts';

/** Images of one task inside a batch, in the batch's order. */
export interface Segment {
  readonly task: number;
  /** Class index inside the task, one per image. */
  readonly labels: Int32Array;
}

export interface TrainingBatch {
  /** [N, H, W, C]; stays the caller's. */
  readonly x: Tensor4D;
  /** Their label counts add up to N. */
  readonly segments: readonly Segment[];
}

/** What holds for one step and may differ at the next. */
export interface StepSettings extends Pick<RunConfig, 'lambda' | 'learningRate' | 'momentum' | 'weightDecay' | 'penaltyStep'> {
  /** Seed of this step's dropout masks. */
  readonly dropoutSeed: number;
}

export class Trainer {
  /** Tells one weight's updates where a weight is chosen; idle otherwise. */
  readonly probe = new WeightProbe();
  private readonly network: NetworkState;
  private readonly trained: ReadonlySet<string>;
  private readonly method: Method;
  private readonly config: RunConfig;
  /** Momentum buffers by '<owner>/<parameter>', made at a parameter's first step. */
  private readonly velocities = new Map<string, Tensor>();

  constructor(network: NetworkState, trained: ReadonlySet<string>, method: Method, config: RunConfig) {
    this.network = network;
    this.trained = trained;
    this.method = method;
    this.config = config;
  }

  /** What the method's hooks see, with λ as given. */
  context(lambda: number): MethodContext {
    return { network: this.network, config: this.config, trained: this.trained, lambda };
  }

  /**
   * Trains one step on `task`.
   * @returns the mean cross-entropy over the batch before the update (nats), plus the method's extra loss; the caller disposes it
   */
  step(task: number, batch: TrainingBatch, settings: StepSettings): Scalar {
    const { model, backbone } = this.network;
    const learns = this.method.trainsBackbone(task) && this.trained.size > 0;
    const trace = forward(model, backbone, batch.x, {
      keepFrom: learns ? firstTrained(model, this.trained) : null,
      dropoutSeed: settings.dropoutSeed,
    });
    const own = this.headLosses(batch, trace.features, learns, settings);
    const extra = learns ? (this.method.extraLoss?.(this.context(settings.lambda), task, batch.x, trace.features) ?? null) : null;
    let loss = own.loss;
    let dFeatures = own.dFeatures;
    if (extra) {
      loss = replaced(loss, (value) => add(value, extra.loss));
      if (dFeatures) dFeatures = replaced(dFeatures, (value) => add(value, extra.dFeatures));
      dispose([extra.loss, extra.dFeatures]);
      for (const [old, gradients] of extra.headGradients) this.updateHead(old, gradients, settings);
    }
    if (dFeatures) {
      backward(
        model, backbone, trace, dFeatures, this.trained, 'sum',
        (name, gradient) => this.updateBackbone(name, gradient, settings),
        {
          weight: (layer, x, dy) =>
            this.updateFused(`${layer.name}.weight`, settings, (tensors, options) => {
              if (layer.kind === 'conv') convUpdate(x as Tensor4D, dy as Tensor4D, tensors, layer, options);
              else denseUpdate(x as Tensor2D, dy as Tensor2D, tensors, options);
            }),
          bias: (layer, dy) => this.updateFused(`${layer.name}.bias`, settings, (tensors, options) => biasUpdate(dy, tensors, options)),
        },
      );
      dFeatures.dispose();
    }
    disposeTrace(trace, batch.x);
    return loss;
  }

  /** λ · penaltyScale · Σ Ω (θ − θ*)² now, as a scalar that the caller disposes. */
  penalty(lambda: number): Scalar {
    return tidy(() => {
      let total: Tensor = scalar(0);
      for (const [name, theta] of this.network.backbone) {
        const term = this.method.penalty?.(name);
        if (term) total = add(total, anchorPenalty(theta, term.anchor, term.omega));
      }
      return mul(total, lambda * this.method.penaltyScale) as Scalar;
    });
  }

  /** A fresh optimiser, as at the start of each task. */
  resetOptimizer(): void {
    dispose([...this.velocities.values()]);
    this.velocities.clear();
  }

  dispose(): void {
    this.resetOptimizer();
    this.probe.dispose();
  }

  /** Cross-entropy through each segment's head, mean over the whole batch; updates the heads. */
  private headLosses(batch: TrainingBatch, features: Tensor2D, learns: boolean, settings: StepSettings): { loss: Scalar; dFeatures: Tensor2D | null } {
    const count = batch.x.shape[0];
    const losses: Scalar[] = [];
    const gradients: Tensor2D[] = [];
    let start = 0;
    for (const { task, labels } of batch.segments) {
      const head = this.head(task);
      const part = batch.segments.length === 1 ? features : slice(features, [start, 0], [labels.length, -1]);
      start += labels.length;
      const logits = headForward(head, part);
      const target = tensor1d(labels, 'int32');
      const { loss, dlogits } = softmaxCrossEntropy(logits, target, 1 / count);
      losses.push(total(loss));
      // Before the head moves: its input gradient belongs to the weights that made these logits.
      if (learns) gradients.push(headInputGradient(head, dlogits));
      this.updateHead(task, headGradients(part, dlogits), settings);
      dispose([logits, target, loss, dlogits, ...(part === features ? [] : [part])]);
    }
    const [first, ...others] = losses;
    const loss = others.reduce((sum, part) => replaced(sum, (value) => add(value, part)), first!);
    dispose(others);
    if (gradients.length <= 1) return { loss, dFeatures: gradients[0] ?? null };
    const dFeatures = concat(gradients, 0);
    dispose(gradients);
    return { loss, dFeatures };
  }

  private updateHead(task: number, gradients: ReadonlyMap<string, Tensor>, settings: StepSettings): void {
    const head = this.head(task);
    for (const [name, gradient] of gradients) {
      const theta = head.get(name);
      if (!theta) throw new Error(`head ${task} has no ${name}`);
      this.update(`head${task}/${name}`, theta, gradient, settings, {});
      gradient.dispose();
    }
  }

  private updateBackbone(name: string, gradient: Tensor, settings: StepSettings): void {
    const theta = this.parameter(name);
    this.method.beforeUpdate?.(name, theta, gradient);
    this.update(`backbone/${name}`, theta, gradient, settings, this.penaltyTerm(name, settings));
    this.method.afterUpdate?.(name, theta);
    gradient.dispose();
  }

  /** Updates a parameter without its gradient, unless somebody looks at that. @returns whether it did */
  private updateFused(name: string, settings: StepSettings, update: (tensors: UpdatedTensors, options: UpdateOptions) => void): boolean {
    if (this.method.beforeUpdate || this.probe.place?.name === name) return false;
    const theta = this.parameter(name);
    const velocity = settings.momentum > 0 ? this.velocity(`backbone/${name}`, theta) : null;
    update({ theta, ...this.penaltyTerm(name, settings), ...(velocity ? { velocity } : {}) }, this.updateOptions(settings));
    this.method.afterUpdate?.(name, theta);
    return true;
  }

  private parameter(name: string): Tensor {
    const theta = this.network.backbone.get(name);
    if (!theta) throw new Error(`the backbone has no ${name}`);
    return theta;
  }

  private penaltyTerm(name: string, { lambda }: StepSettings): { readonly omega?: Tensor; readonly anchor?: Tensor } {
    return (lambda > 0 ? this.method.penalty?.(name) : null) ?? {};
  }

  private update(
    key: string,
    theta: Tensor,
    grad: Tensor,
    settings: StepSettings,
    term: { readonly omega?: Tensor; readonly anchor?: Tensor },
  ): void {
    const options = this.updateOptions(settings);
    const velocity = settings.momentum > 0 ? this.velocity(key, theta) : null;
    const tensors: UpdateTensors = { theta, grad, ...term, ...(velocity ? { velocity } : {}) };
    this.probe.around(key, tensors, options, () => sgdUpdate(tensors, options));
  }

  private updateOptions({ learningRate, momentum, weightDecay, lambda, penaltyStep }: StepSettings): UpdateOptions {
    return { learningRate, momentum, weightDecay, lambda: lambda * this.method.penaltyScale, penaltyStep };
  }

  private velocity(key: string, theta: Tensor): Tensor {
    const known = this.velocities.get(key);
    if (known) return known;
    const fresh = zerosLike(theta);
    this.velocities.set(key, fresh);
    return fresh;
  }

  private head(task: number): Params {
    const head = this.network.heads[task];
    if (!head) throw new Error(`task ${task} has no head`);
    return head;
  }
}

/** Σ values, by the lab's kernel for biases: one dispatch where stock reductions upload a scalar too. */
function total(values: Tensor1D): Scalar {
  return tidy(() => reshape(channelSum(reshape(values, [values.size, 1]) as Tensor2D, 'sum'), []));
}

/** f(value) in place of value, which is freed. */
function replaced<T extends Tensor>(value: T, compute: (value: T) => Tensor): T {
  const next = tidy(() => compute(value)) as T;
  value.dispose();
  return next;
}
