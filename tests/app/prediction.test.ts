import { describe, expect, it } from 'vitest';
import { drawTo, predictedAt, reasonOf, scorePrediction, settleAt } from '../../src/app/state/prediction.ts';
import type { Prediction } from '../../src/app/state/prediction.ts';

const none: Prediction = { of: 0, during: 1, points: [] };
const evaluations = [
  { step: 100, task: 0, epoch: 1, accuracy: [0.9, null], full: true },
  { step: 150, task: 1, epoch: 0, accuracy: [0.6, 0.5], full: false },
  { step: 200, task: 1, epoch: 1, accuracy: [0.5, 0.8], full: true },
];

describe('drawing', () => {
  it('keeps one value a step, the newest', () => {
    let drawn = drawTo(none, null, { step: 100, accuracy: 0.9 });
    drawn = drawTo(drawn, { step: 100, accuracy: 0.9 }, { step: 200, accuracy: 0.3 });
    drawn = drawTo(drawn, { step: 200, accuracy: 0.3 }, { step: 150, accuracy: 0.7 });
    expect(drawn.points).toEqual([{ step: 100, accuracy: 0.9 }, { step: 150, accuracy: 0.7 }, { step: 200, accuracy: 0.3 }]);
  });

  it('is read between points in a straight line', () => {
    const drawn: Prediction = { ...none, points: [{ step: 100, accuracy: 0.8 }, { step: 200, accuracy: 0.4 }] };
    expect([50, 100, 150, 200, 300].map((step) => predictedAt(drawn, step)!.toFixed(6))).toEqual(['0.800000', '0.800000', '0.600000', '0.400000', '0.400000']);
    expect(predictedAt(none, 1)).toBeNull();
  });

  it('by slider starts where the task is and ends where the slider says', () => {
    const drawn = settleAt(0, 1, { step: 100, accuracy: 0.9 }, 200, 0.4);
    expect(predictedAt(drawn, 100)).toBeCloseTo(0.9, 12);
    expect(predictedAt(drawn, 200)).toBe(0.4);
    expect(predictedAt(drawn, 150)!).toBeLessThan(0.5);
  });
});

describe('the score', () => {
  const exact: Prediction = { ...none, points: [{ step: 150, accuracy: 0.6 }, { step: 200, accuracy: 0.5 }] };

  it('is the mean distance in accuracy', () => {
    expect(scorePrediction(exact, evaluations)).toMatchObject({ meanError: 0, expectedEnd: 0.5, realEnd: 0.5 });
    const flat: Prediction = { ...none, points: [{ step: 100, accuracy: 0.9 }] };
    expect(scorePrediction(flat, evaluations)?.meanError).toBeCloseTo((0.3 + 0.4) / 2, 12);
    expect(scorePrediction(flat, evaluations)?.realChange).toBeCloseTo(-0.4, 12);
  });

  it('waits for the end of the task', () => {
    expect(scorePrediction(exact, evaluations.slice(0, 2))).toBeNull();
    expect(scorePrediction(none, evaluations)).toBeNull();
  });

  it('comes with the reason that fits', () => {
    const score = scorePrediction(exact, evaluations)!;
    expect(reasonOf(score, false)).toBe('free');
    expect(reasonOf(score, true)).toBe('weak');
    expect(reasonOf({ ...score, realChange: -0.01 }, true)).toBe('held');
    expect(reasonOf({ ...score, realChange: 0.02 }, false)).toBe('shared');
  });
});
