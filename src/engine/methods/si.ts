import { add, div, mul, square, sub, tidy, zerosLike, type Tensor } from '@tensorflow/tfjs-core';
import { copyParams, disposeParams, type Params } from '../model/params.ts';
import { AnchoredMethod } from './anchored-method.ts';
import type { MethodContext } from './method.ts';

/**
 * Synaptic Intelligence (Zenke et al., ICML 2017): Ω is each weight's share in the fall of the task loss along the path
 * that training really took, path = Σₜ −gₜ · (θₜ₊₁ − θₜ) with gₜ the task loss's gradient alone, over
 * (θ_end − θ_start)² + ξ. Entries can be negative; as importance they count as 0.
 */
export class Si extends AnchoredMethod {
  readonly id = 'si';
  private readonly path = new Map<string, Tensor>();
  private readonly pending = new Map<string, { readonly before: Tensor; readonly gradient: Tensor }>();
  private start: Params = new Map();

  beforeTask(context: MethodContext): void {
    this.clear();
    this.start = copyParams(new Map([...context.network.backbone].filter(([name]) => context.trained.has(name))));
    for (const [name, value] of this.start) this.path.set(name, zerosLike(value));
  }

  beforeUpdate(name: string, theta: Tensor, gradient: Tensor): void {
    this.pending.set(name, { before: mul(theta, 1), gradient: mul(gradient, 1) });
  }

  afterUpdate(name: string, theta: Tensor): void {
    const step = this.pending.get(name);
    const path = this.path.get(name);
    if (!step || !path) throw new Error(`no path for ${name}`);
    this.path.set(name, tidy(() => sub(path, mul(step.gradient, sub(theta, step.before)))));
    for (const used of [path, step.before, step.gradient]) used.dispose();
    this.pending.delete(name);
  }

  async afterTask(context: MethodContext): Promise<void> {
    const omega = new Map(
      [...this.start].map(([name, start]) => [name, tidy(() => this.share(name, start, context))] as const),
    );
    this.protection.consolidate(omega, context.network.backbone, context.config);
    this.clear();
  }

  /** Σₜ −gₜ Δθₜ of each trained parameter so far in this task. Stays the method's. */
  pathIntegral(): Params {
    return this.path;
  }

  override dispose(): void {
    super.dispose();
    this.clear();
  }

  private share(name: string, start: Tensor, context: MethodContext): Tensor {
    const end = context.network.backbone.get(name);
    const path = this.path.get(name);
    if (!end || !path) throw new Error(`no path for ${name}`);
    return div(path, add(square(sub(end, start)), context.config.siXi));
  }

  private clear(): void {
    disposeParams(this.start);
    disposeParams(this.path);
    this.start = new Map();
    this.path.clear();
  }
}
