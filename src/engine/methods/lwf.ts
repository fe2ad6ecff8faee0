import { add, div, mul, mean, softmax, sub, sum, neg, logSoftmax, tidy, type Scalar, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { headForward, headGradients, headInputGradient } from '../head.ts';
import { disposeTrace, forward } from '../network.ts';
import { copyNetwork, disposeNetwork, type NetworkState } from '../network-state.ts';
import { BaseMethod } from './base-method.ts';
import type { ExtraLoss, MethodContext } from './method.ts';

/**
 * Learning without Forgetting (Li & Hoiem, ECCV 2016): on the new task's images the old heads must go on saying what they
 * said before it. Loss λ Σ_old mean(−Σ q log p), q = softmax(z_teacher/T), p = softmax(z_student/T), without a T² factor.
 */
export class Lwf extends BaseMethod {
  readonly id = 'lwf';
  private teacher: NetworkState | null = null;

  beforeTask(context: MethodContext, task: number): void {
    this.forgetTeacher();
    // The new task's head exists already; only the earlier ones have something to teach.
    const { model, backbone, heads } = context.network;
    if (task > 0) this.teacher = copyNetwork({ model, backbone, heads: heads.slice(0, task) });
  }

  extraLoss(context: MethodContext, _task: number, x: Tensor4D, features: Tensor2D): ExtraLoss | null {
    const { teacher } = this;
    if (!teacher || context.lambda === 0) return null;
    const trace = forward(teacher.model, teacher.backbone, x, { keepFrom: null, dropoutSeed: null });
    const old = teacher.heads.map((head, task) => {
      const target = headForward(head, trace.features);
      const result = distill(context.network, task, features, target, context.config.temperature, context.lambda);
      target.dispose();
      return result;
    });
    disposeTrace(trace, x);
    const loss = consumedSum(old.map((part) => part.loss));
    const dFeatures = consumedSum(old.map((part) => part.dFeatures));
    return { loss, dFeatures, headGradients: new Map(old.map((part, task) => [task, part.gradients])) };
  }

  override dispose(): void {
    this.forgetTeacher();
  }

  private forgetTeacher(): void {
    if (this.teacher) disposeNetwork(this.teacher);
    this.teacher = null;
  }
}

interface Distillation {
  readonly loss: Scalar;
  readonly dFeatures: Tensor2D;
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/**
 * One old head's distillation loss and gradients. ∂/∂z_student = λ (p − q) / (T N).
 * @param target the teacher's logits [N, classes] of this head
 */
function distill(network: NetworkState, task: number, features: Tensor2D, target: Tensor2D, temperature: number, lambda: number): Distillation {
  const head = network.heads[task]!;
  const logits = headForward(head, features);
  const loss = tidy(() => {
    const q = softmax(div(target, temperature));
    return mul(mean(neg(sum(mul(q, logSoftmax(div(logits, temperature))), 1))), lambda) as Scalar;
  });
  const dlogits = tidy(() => {
    const gap = sub(softmax(div(logits, temperature)), softmax(div(target, temperature)));
    return mul(gap, lambda / (temperature * features.shape[0])) as Tensor2D;
  });
  const gradients = headGradients(features, dlogits);
  const dFeatures = headInputGradient(head, dlogits);
  logits.dispose();
  dlogits.dispose();
  return { loss, dFeatures, gradients };
}

/** Σ of tensors that are freed with it; of a single one, that one itself. */
function consumedSum<T extends Tensor>(parts: readonly T[]): T {
  return parts.reduce((total, part) => {
    const next = add<T>(total, part);
    total.dispose();
    part.dispose();
    return next;
  });
}
