import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { createRandom } from '../../src/core/random.ts';

export type Shape4D = readonly [number, number, number, number];

/** Standard normal float32 values, the same for the same label. */
export function normals(shape: readonly number[], label: string): Float32Array {
  const random = createRandom(7, label);
  return Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
}

/** Integers from −span to span: values that tie. */
export function integers(shape: readonly number[], span: number, label: string): Float32Array {
  const random = createRandom(11, label);
  return Float32Array.from({ length: sizeOf(shape) }, () => random.below(2 * span + 1) - span);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function tensor4d(values: Float32Array, shape: Shape4D): tf.Tensor4D {
  return tf.tensor4d(values, [...shape]);
}

/**
 * Runs `compute` (of the tensors it makes, none is left), reads its result and compares it with `expected`.
 *
 * @param tolerance on max|a − b| / max|b|, the measure of the reference suite; 0 demands equal bits
 */
export async function expectResult(
  compute: () => tf.Tensor,
  expected: ArrayLike<number>,
  tolerance: number,
  shape?: readonly number[],
): Promise<void> {
  const result = tf.tidy(compute);
  const actual = await result.data();
  if (shape) expect(result.shape).toEqual([...shape]);
  result.dispose();
  expectClose(actual, expected, tolerance);
}

/** Fails naming the index, what was expected and what was found. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i]!));
  const allowed = tolerance * scale;
  let worst = 0;
  let gap = -1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    // NaN is the worst of differences.
    if (!(difference <= gap)) [worst, gap] = [i, Number.isNaN(difference) ? Infinity : difference];
  }
  if (gap > allowed) {
    expect.fail(
      `at ${worst}: expected ${expected[worst]}, found ${actual[worst]}; off by ${gap / scale} of the largest, allowed ${tolerance}`,
    );
  }
}
