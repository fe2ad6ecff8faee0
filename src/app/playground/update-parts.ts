/** One step of one weight taken apart: what loss, momentum, decay and penalty each moved. The parts add up to the step. Pure. */
import type { WeightUpdate } from '../../core/watched-weight.ts';
import { readNumbers } from '../read-number.ts';

export interface UpdateParts {
  /** −lr · g. */
  readonly loss: number;
  /** −lr · m · v. */
  readonly momentum: number;
  /** −lr · wd · θ. */
  readonly decay: number;
  /** What the penalty added: the step as the engine took it, minus the parts above. */
  readonly pull: number;
  /** θ after − θ before, as the engine has it. */
  readonly sum: number;
  /** θ̃: where the weight would be without the pull. */
  readonly free: number;
  /** 2 λ Ω; 0 where nothing pulls. */
  readonly strength: number;
  /** Share of the distance from θ* that the proximal step takes away: p / (1 + p) with p = 2 lr λ Ω. */
  readonly share: number;
}

export function partsOf(update: WeightUpdate): UpdateParts {
  const { learningRate: rate, momentum, weightDecay, lambda, theta, gradient, velocity, omega, thetaAfter } = update;
  const loss = -rate * gradient;
  const carried = -rate * momentum * velocity;
  const decay = -rate * weightDecay * theta;
  const free = theta + loss + carried + decay;
  const strength = omega === null ? 0 : 2 * lambda * omega;
  const product = rate * strength;
  return { loss, momentum: carried, decay, pull: strength === 0 ? 0 : thetaAfter - free, sum: thetaAfter - theta, free, strength, share: product / (1 + product) };
}

/** A position such as [3, 0, 1, 2] of a flat index in PyTorch's order. */
export function positionOf(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = index;
  for (const size of shape.toReversed()) {
    position.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return position;
}

/** The flat index of “3, 0, 1, 2”; null for a position outside the shape. */
export function indexOf(text: string, shape: readonly number[]): number | null {
  const parts = readNumbers(text);
  if (parts.length !== shape.length) return null;
  let index = 0;
  for (const [axis, size] of shape.entries()) {
    const at = parts[axis]!;
    if (!Number.isInteger(at) || at < 0 || at >= size) return null;
    index = index * size + at;
  }
  return index;
}
