import { describe, expect, it } from 'vitest';
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
