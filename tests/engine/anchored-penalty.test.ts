import { memory, tensor, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AnchoredPenalty, type AccumulationOptions } from '../../src/engine/methods/anchored-penalty.ts';
import { disposeParams, type Params } from '../../src/engine/model/params.ts';
import { useBackend } from '../helpers/backends.ts';

beforeAll(() => useBackend('cpu'));

const SUM: AccumulationOptions = { accumulation: 'sum', omegaDecay: 0.5, omegaNormalization: 'none' };
const params = (a: readonly number[], b: readonly number[]): Params => new Map([['a', tensor1d([...a])], ['b', tensor1d([...b])]]);
const read = async (all: Params | null): Promise<number[][]> => {
  const parts: number[][] = [];
  for (const value of all!.values()) parts.push([...(await value.data())]);
  return parts;
};

/** Ω after some tasks with these importances of parameters a and b. */
async function accumulated(options: AccumulationOptions, ...tasks: readonly (readonly [readonly number[], readonly number[]])[]): Promise<number[][]> {
  const protection = new AnchoredPenalty();
  const backbone = params([1, 2], [3]);
  for (const [a, b] of tasks) protection.consolidate(params(a, b), backbone, options);
  const omega = await read(protection.omega);
  protection.dispose();
  disposeParams(backbone);
  return omega;
}

describe('accumulation of Ω over tasks', () => {
  it.each([
    ['sum', [[1 + 2 + 6, 0 + 4 + 2], [3]]],
    ['mean', [[3, 2], [1]]],
    ['decay', [[0.25 * 1 + 0.5 * 2 + 6, 0.5 * 4 + 2], [0.25 * 1 + 0.5 * 1 + 1]]],
  ] as const)('by %s', async (accumulation, expected) => {
    expect(await accumulated({ ...SUM, accumulation }, [[1, 0], [1]], [[2, 4], [1]], [[6, 2], [1]])).toEqual(expected);
  });

  it('goes on from a restored Ω as if it had never been stored', async () => {
    const protection = new AnchoredPenalty();
    const omega = params([3, 5], [2]);
    const backbone = params([0, 0], [0]);
    protection.restore(omega, backbone, 2);
    protection.consolidate(params([6, 2], [8]), backbone, { ...SUM, accumulation: 'mean' });
    expect(await read(protection.omega)).toEqual([[4, 4], [4]]);
    [omega, backbone].forEach(disposeParams);
    protection.dispose();
  });

  it('counts negative entries as 0', async () => {
    expect(await accumulated(SUM, [[-1, 2], [-3]], [[4, -5], [1]])).toEqual([[4, 2], [1]]);
  });
});

describe('normalisation of Ω', () => {
  it('per layer divides each parameter by its own maximum, globally all by one', async () => {
    expect(await accumulated({ ...SUM, omegaNormalization: 'layer' }, [[2, 4], [0.5]])).toEqual([[0.5, 1], [1]]);
    expect(await accumulated({ ...SUM, omegaNormalization: 'global' }, [[2, 4], [0.5]])).toEqual([[0.5, 1], [0.125]]);
  });

  it('leaves an Ω of zeros at zero', async () => {
    for (const omegaNormalization of ['layer', 'global'] as const) {
      expect(await accumulated({ ...SUM, omegaNormalization }, [[0, 0], [0]])).toEqual([[0, 0], [0]]);
    }
  });

  it('makes the scale of the logits immaterial', async () => {
    const values = fc.array(fc.float({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(values, fc.float({ min: Math.fround(0.1), max: 10, noNaN: true }), fc.constantFrom('layer' as const, 'global' as const), async (a, factor, omegaNormalization) => {
        fc.pre(Math.max(...a) > 1e-3);
        const plain = await accumulated({ ...SUM, omegaNormalization }, [a, [1]]);
        const scaled = await accumulated({ ...SUM, omegaNormalization }, [a.map((value) => value * factor), [factor]]);
        plain.flat().forEach((value, i) => expect(scaled.flat()[i]).toBeCloseTo(value, 5));
      }),
      { numRuns: 50 },
    );
  });
});

it('the anchor is a copy, moved at each task, and nothing is left behind', async () => {
  const before = memory().numTensors;
  const protection = new AnchoredPenalty();
  const weight: Tensor = tensor([1, 2]);
  const backbone: Params = new Map([['a', weight], ['frozen', tensor([9])]]);
  protection.consolidate(new Map([['a', tensor1d([1, 1])]]), backbone, SUM);
  const moved: Params = new Map([['a', tensor([5, 6])]]);
  expect(await read(protection.anchor)).toEqual([[1, 2]]);
  protection.consolidate(new Map([['a', tensor1d([1, 1])]]), moved, SUM);
  expect(await read(protection.anchor)).toEqual([[5, 6]]);
  expect(protection.term('frozen')).toBeNull();
  [backbone, moved].forEach(disposeParams);
  protection.dispose();
  expect(memory().numTensors).toBe(before);
});
