import { tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { modelSpec } from '../../src/engine/model/models.ts';
import { summarizeImportance } from '../../src/engine/importance/summary.ts';
import { useBackend } from '../helpers/backends.ts';
import { requireValidOmega } from '../../src/engine/importance/check-omega.ts';

describe('requireValidOmega', () => {
  it('takes zeros, subnormals and large numbers', () => {
    expect(() => requireValidOmega('w', Float32Array.of(0, 1e-44, 3e38))).not.toThrow();
    expect(() => requireValidOmega('w', new Float32Array(0))).not.toThrow();
  });

  it.each([NaN, Infinity, -Infinity, -1e-6])('refuses %d, naming the parameter and the place', (value) => {
    expect(() => requireValidOmega('features.3.weight', Float32Array.of(0, 1, value))).toThrowError(
      expect.objectContaining({ code: 'omega-invalid', message: expect.stringMatching(/features\.3\.weight.*position 2 of 3/) }),
    );
  });
});

describe('a measured Ω', () => {
  it('with NaN is refused before it is used or stored', async () => {
    await useBackend('cpu');
    const omega = new Map([['hidden.0.bias', tensor1d([0.5, 0])], ['hidden.1.bias', tensor1d([1, NaN])]]);
    await expect(summarizeImportance(modelSpec('mlp'), 0, omega, new Map(), null, 1)).rejects.toMatchObject({ code: 'omega-invalid', message: expect.stringContaining('hidden.1.bias') });
    for (const value of omega.values()) value.dispose();
  });
});
