import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accuracy, concatenated, type Predictions } from '../../src/engine/evaluation.ts';

describe('all heads together', () => {
  it('puts heads side by side, image by image', () => {
    const together = concatenated([{ classes: 2, logits: Float32Array.of(1, 2, 3, 4) }, { classes: 1, logits: Float32Array.of(9, 8) }]);
    expect(together).toEqual({ classes: 3, logits: Float32Array.of(1, 2, 9, 3, 4, 8) });
  });

  it('is never more often right than the head that knows its task', () => {
    const heads = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }), fc.integer()).map(([count, classes, seed]): Predictions[] => {
      let state = seed;
      // Few distinct values, so that ties occur.
      const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) | 0) % 3;
      return classes.map((size) => ({ classes: size, logits: Float32Array.from({ length: count * size }, next) }));
    });
    fc.assert(
      fc.property(heads, fc.nat(3), fc.nat(), (all, which, seed) => {
        const task = which % all.length;
        const own = all[task]!;
        const labels = Array.from({ length: own.logits.length / own.classes }, (_, k) => (seed + k) % own.classes);
        const offset = all.slice(0, task).reduce((sum, head) => sum + head.classes, 0);
        const together = accuracy(concatenated(all), labels.map((label) => label + offset))!;
        expect(together).toBeLessThanOrEqual(accuracy(own, labels)!);
        if (all.length === 1) expect(together).toBe(accuracy(own, labels));
      }),
    );
  });
});
