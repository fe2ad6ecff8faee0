import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../src/core/metrics.ts';
import type { EvaluationPoint, RunPhase } from '../../src/core/protocol.ts';
import { FIRST_TURN, isBehind, takeTurn } from '../../src/app/state/turns.ts';

const at = (step: number): EvaluationPoint => ({ step, task: 1, epoch: 0, accuracy: [0.5, 0.4], full: false });
const training: RunPhase = { kind: 'training', task: 1, epoch: 0, step: 1, stepsPerEpoch: 10 };
const metrics = metricsOf([[0.8]]);
const started = takeTurn(FIRST_TURN, { latest: at(1), metrics, phase: training });

describe('takeTurn', () => {
  it('shows the first evaluation everywhere at once', () => {
    expect(Object.values(started.seen).map((point) => point?.step)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  it('lets one follow at a time while a run trains, and each in its turn', () => {
    let turns = started;
    for (let step = 2; step <= 8; step++) turns = takeTurn(turns, { latest: at(step), metrics, phase: training });
    expect(Object.values(turns.seen).map((point) => point?.step).toSorted()).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  it('brings all of them up to date where nothing new comes', () => {
    const told = { latest: at(9), metrics, phase: training };
    let turns = started;
    for (let i = 0; i < 7; i++) {
      expect(isBehind(turns, told)).toBe(true);
      turns = takeTurn(turns, told);
    }
    expect(isBehind(turns, told)).toBe(false);
    expect(takeTurn(turns, told)).toBe(turns);
  });

  it('lets all follow when training pauses and when a task ends', () => {
    const paused = takeTurn(started, { latest: at(3), metrics, phase: { ...training, kind: 'paused' } });
    expect(Object.values(paused.seen).map((point) => point?.step)).toEqual([3, 3, 3, 3, 3, 3, 3]);
    const ended = takeTurn(started, { latest: at(3), metrics: metricsOf([[0.8, null], [0.7, 0.6]]), phase: training });
    expect(Object.values(ended.seen).map((point) => point?.step)).toEqual([3, 3, 3, 3, 3, 3, 3]);
  });
});
