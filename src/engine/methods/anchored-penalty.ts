/** Ω and θ*: the state shared by every method that pulls weights towards where they were (MAS, EWC, SI, RWalk). */
import { add, div, max, maximum, mul, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { RunConfig } from '../../core/config.ts';
import { copyParams, disposeParams, type Params } from '../model/params.ts';
import type { PenaltyTerm } from './method.ts';

export type AccumulationOptions = Pick<RunConfig, 'accumulation' | 'omegaDecay' | 'omegaNormalization'>;

/** Divisor of an all-zero Ω: a normal float32, so that 0 / SMALLEST is 0. */
const SMALLEST = 1e-30;

export class AnchoredPenalty {
  private omegaParams: Params | null = null;
  private anchorParams: Params | null = null;
  private ownParams: Params | null = null;
  private tasks = 0;

  get omega(): Params | null {
    return this.omegaParams;
  }

  /** Ω of the task just ended alone, until {@link forgetOwn}. */
  get own(): Params | null {
    return this.ownParams;
  }

  get anchor(): Params | null {
    return this.anchorParams;
  }

  term(name: string): PenaltyTerm | null {
    const omega = this.omegaParams?.get(name);
    const anchor = this.anchorParams?.get(name);
    return omega && anchor ? { omega, anchor } : null;
  }

  /**
   * After a task: Ω ← accumulate(Ω, Ω_new) and θ* ← θ. Negative entries of Ω_new (SI's path integral can have them) count as 0.
   * Accumulation: 'sum' Ω + Ω_new (the paper); 'mean' (k·Ω + Ω_new)/(k + 1) after k tasks; 'decay' γ·Ω + Ω_new.
   *
   * @param fresh Ω of the task just ended; taken over
   * @param backbone θ now; copied
   */
  consolidate(fresh: Params, backbone: Params, options: AccumulationOptions): void {
    this.forgetOwn();
    const normalized = normalize(fresh, options.omegaNormalization);
    const before = this.omegaParams;
    this.omegaParams = before === null ? normalized : combine(before, normalized, options, this.tasks);
    this.ownParams = normalized;
    if (before !== null) disposeParams(before);
    disposeParams(fresh);
    this.tasks += 1;
    this.moveAnchor(backbone);
  }

  /** Frees the Ω of the last task alone, which only views ask for. */
  forgetOwn(): void {
    // After the first task it is the accumulated Ω itself.
    if (this.ownParams && this.ownParams !== this.omegaParams) disposeParams(this.ownParams);
    this.ownParams = null;
  }

  /** θ* ← θ for the parameters that have an importance. */
  moveAnchor(backbone: Params): void {
    if (this.anchorParams) disposeParams(this.anchorParams);
    this.anchorParams = copyParams(new Map([...backbone].filter(([name]) => this.omegaParams?.has(name))));
  }

  /** Ω and θ* as they were after `tasks` tasks; both are copied. `anchor` may have more parameters than Ω. */
  restore(omega: Params | null, anchor: Params, tasks: number): void {
    this.dispose();
    this.tasks = tasks;
    if (omega === null) return;
    this.omegaParams = copyParams(omega);
    this.moveAnchor(anchor);
  }

  dispose(): void {
    this.forgetOwn();
    if (this.omegaParams) disposeParams(this.omegaParams);
    if (this.anchorParams) disposeParams(this.anchorParams);
    this.omegaParams = null;
    this.anchorParams = null;
  }
}

function combine(before: Params, fresh: Params, options: AccumulationOptions, tasks: number): Params {
  return mapParams(fresh, (name, value) => {
    const old = before.get(name);
    if (!old) return mul(value, 1);
    switch (options.accumulation) {
      case 'sum':
        return add(old, value);
      case 'mean':
        return div(add(mul(old, tasks), value), tasks + 1);
      case 'decay':
        return add(mul(old, options.omegaDecay), value);
    }
  });
}

/** Clamps at 0 and divides by the largest entry, per parameter or over all, where asked. All-zero importances stay zero. */
function normalize(fresh: Params, mode: AccumulationOptions['omegaNormalization']): Params {
  const clamped = mapParams(fresh, (_, value) => maximum(value, 0));
  if (mode === 'none') return clamped;
  const whole = mode === 'global' ? tidy(() => [...clamped.values()].map((value) => max(value)).reduce((a, b) => maximum(a, b))) : null;
  const scaled = mapParams(clamped, (_, value) => div(value, maximum(whole ?? max(value), SMALLEST)));
  whole?.dispose();
  disposeParams(clamped);
  return scaled;
}

function mapParams(params: Params, compute: (name: string, value: Tensor) => Tensor): Params {
  return new Map([...params].map(([name, value]) => [name, tidy(() => compute(name, value))] as const));
}
