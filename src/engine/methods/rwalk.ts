import { add, div, max, maximum, mul, square, sub, tidy, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { copyParams, disposeParams, type Params } from '../model/params.ts';
import { AnchoredMethod } from './anchored-method.ts';
import type { MethodContext, SavedState } from './method.ts';

/** Weight of the newest squared gradient in the running Fisher (paper: 0.9 for the past at its benchmark settings). */
const FISHER_RATE = 0.1;
/** Keeps a score finite where a weight did not move. */
const EPSILON = 1e-8;

/**
 * Riemannian Walk (Chaudhry et al., ECCV 2018): Ω = F + s, the running Fisher F ← (1 − a) F + a g² of the batch's gradient
 * (its EWC++), and the path score s = Σₜ max(0, −gₜ Δθₜ) / (½ F Δθₜ² + ε), each divided by its maximum over all parameters,
 * with s averaged with the score of earlier tasks.
 */
export class RWalk extends AnchoredMethod {
  readonly id = 'rwalk';
  private fisher: Params = new Map();
  private score: Params = new Map();
  private pending: { readonly name: string; readonly before: Tensor; readonly gradient: Tensor } | null = null;

  beforeTask(context: MethodContext): void {
    if (this.fisher.size > 0) return;
    const trained = [...context.network.backbone].filter(([name]) => context.trained.has(name));
    this.fisher = new Map(trained.map(([name, value]) => [name, zerosLike(value)] as const));
    this.score = new Map(trained.map(([name, value]) => [name, zerosLike(value)] as const));
  }

  beforeUpdate(name: string, theta: Tensor, gradient: Tensor): void {
    this.fisher = replace(this.fisher, name, (old) => add(mul(old, 1 - FISHER_RATE), mul(square(gradient), FISHER_RATE)));
    this.pending = { name, before: mul(theta, 1), gradient: mul(gradient, 1) };
  }

  afterUpdate(name: string, theta: Tensor): void {
    const { pending } = this;
    if (pending?.name !== name) throw new Error(`${name} moved without its gradient`);
    const fisher = this.fisher.get(name)!;
    this.score = replace(this.score, name, (old) => {
      const moved = sub(theta, pending.before);
      const gain = maximum(mul(mul(pending.gradient, moved), -1), 0);
      return add(old, div(gain, add(mul(mul(fisher, square(moved)), 0.5), EPSILON)));
    });
    pending.before.dispose();
    pending.gradient.dispose();
    this.pending = null;
  }

  async afterTask(context: MethodContext): Promise<void> {
    const fisher = scaledByMaximum(this.fisher);
    const score = scaledByMaximum(this.score);
    const omega = new Map([...fisher].map(([name, value]) => [name, tidy(() => add(value, score.get(name)!))] as const));
    [fisher, score].forEach(disposeParams);
    // F and s already run over all tasks, so Ω replaces the old one rather than being added to it.
    this.protection.consolidate(omega, context.network.backbone, { ...context.config, accumulation: 'decay', omegaDecay: 0 });
    for (const name of [...this.score.keys()]) this.score = replace(this.score, name, (old) => mul(old, 0.5));
  }

  running(): ReadonlyMap<string, Params> {
    return new Map([['fisher', this.fisher], ['score', this.score]]);
  }

  override restore(context: MethodContext, saved: SavedState): void {
    super.restore(context, saved);
    this.clear();
    const { omega, running } = saved;
    const [fisher, score] = [running.get('fisher'), running.get('score')];
    if (fisher && score) {
      this.fisher = copyParams(fisher);
      this.score = copyParams(score);
    } else if (omega) {
      // Imported importances come without a running Fisher: it starts from them, so that its scale carries on.
      this.fisher = copyParams(omega);
      this.score = new Map([...omega].map(([name, value]) => [name, zerosLike(value)] as const));
    }
  }

  override dispose(): void {
    super.dispose();
    this.clear();
  }

  private clear(): void {
    [this.fisher, this.score].forEach(disposeParams);
    this.fisher = new Map();
    this.score = new Map();
  }
}

/** The map with one entry recomputed; the old tensor is freed. */
function replace(params: Params, name: string, compute: (old: Tensor) => Tensor): Params {
  const old = params.get(name);
  if (!old) throw new Error(`no running state for ${name}`);
  const next = tidy(() => compute(old));
  old.dispose();
  return new Map(params).set(name, next);
}

function scaledByMaximum(params: Params): Params {
  const whole = tidy(() => maximum([...params.values()].map((value) => max(value)).reduce((a, b) => maximum(a, b)), EPSILON));
  const scaled = new Map([...params].map(([name, value]) => [name, tidy(() => div(value, whole))] as const));
  whole.dispose();
  return scaled;
}
