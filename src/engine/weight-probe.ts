/** Looks at one weight while it is updated: what went into the step and what came out, as the device had it. */
import { argMax, concat, dispose, max, reshape, slice, stack, tensor1d, tidy, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { UpdateNumbers } from '../core/watched-weight.ts';
import type { UpdateOptions, UpdateTensors } from '../kernels/ops.ts';
import type { Params } from './model/params.ts';

/** A weight by its place: element `index` of a backbone parameter, in the engine's order. */
export interface WeightPlace {
  readonly name: string;
  readonly index: number;
}

/** One update of one weight. */
export interface ProbedUpdate extends UpdateNumbers {
  readonly place: WeightPlace;
  readonly options: UpdateOptions;
}

interface Probed {
  readonly place: WeightPlace;
  readonly options: UpdateOptions;
  readonly pulled: boolean;
  /** θ, v, g, Ω, θ*, θ after, v after; 0 for what there is not. */
  readonly values: Tensor1D;
}

export class WeightProbe {
  private chosen: WeightPlace | null = null;
  private last: Probed | null = null;

  get place(): WeightPlace | null {
    return this.chosen;
  }

  /** Null: none, and updates cost nothing. */
  choose(place: WeightPlace | null): void {
    this.chosen = place;
    this.forget();
  }

  /** Runs an update; where it is the chosen weight's, keeps its numbers on the device, in place of the step's before. */
  around(key: string, tensors: UpdateTensors, options: UpdateOptions, update: () => void): void {
    const { chosen } = this;
    if (chosen === null || key !== `backbone/${chosen.name}`) {
      update();
      return;
    }
    const { theta, velocity, grad, omega, anchor } = tensors;
    const before = tidy(() => concat([theta, velocity, grad, omega, anchor].map((tensor) => entry(tensor, chosen.index))));
    update();
    const values = tidy(() => concat([before, entry(theta, chosen.index), entry(velocity, chosen.index)]));
    before.dispose();
    this.forget();
    this.last = { place: chosen, options, pulled: omega !== undefined && anchor !== undefined, values };
  }

  /** The latest update since the last reading; null where there was none. */
  async read(): Promise<ProbedUpdate | null> {
    const { last } = this;
    if (last === null) return null;
    this.last = null;
    const values = await last.values.data();
    last.values.dispose();
    const [theta, velocity, gradient, omega, anchor, thetaAfter, velocityAfter] = Array.from(values) as [number, number, number, number, number, number, number];
    const { place, options, pulled } = last;
    return { place, options, theta, velocity, gradient, omega: pulled ? omega : null, anchor: pulled ? anchor : null, thetaAfter, velocityAfter };
  }

  dispose(): void {
    this.choose(null);
  }

  private forget(): void {
    this.last?.values.dispose();
    this.last = null;
  }
}

/** Where the largest of all entries is; null for no parameters. Only two numbers a parameter are read back. */
export async function largestEntry(params: Params): Promise<WeightPlace | null> {
  const entries = [...params];
  if (entries.length === 0) return null;
  const flat = entries.map(([, value]) => reshape(value, [-1]) as Tensor1D);
  const [largest, places] = [tidy(() => stack(flat.map((value) => max(value)))), tidy(() => stack(flat.map((value) => argMax(value))))];
  dispose(flat);
  const [values, indices] = [await largest.data(), await places.data()];
  dispose([largest, places]);
  const top = values.indexOf(Math.max(...values));
  return { name: entries[top]![0], index: indices[top]! };
}

/** The same entry of several parameter sets; 0 of those that lack it. */
export async function entriesAt(place: WeightPlace, sets: readonly (Params | null)[]): Promise<number[]> {
  const values = tidy(() => concat(sets.map((params) => entry(params?.get(place.name), place.index))));
  const read = Array.from(await values.data());
  values.dispose();
  return read;
}

/** One element, [1]; 0 of no tensor. */
function entry(tensor: Tensor | undefined, index: number): Tensor1D {
  return tensor ? slice(reshape(tensor, [-1]) as Tensor1D, [index], [1]) : tensor1d([0]);
}
