/** Trains the same settings once per λ, one run after another, and collects the stability–plasticity curve as it forms. */
import type { RunConfig } from '../../core/config.ts';
import type { Metrics, RunPhase } from '../../core/protocol.ts';
import { readNumbers } from '../read-number.ts';

export interface SweepPoint {
  readonly lambda: number;
  /** null until its run ends. */
  readonly averageAccuracy: number | null;
  readonly averageForgetting: number | null;
}

export interface SweepState {
  readonly config: RunConfig;
  readonly points: readonly SweepPoint[];
  /** Index of the run under way; points.length when all are done. */
  readonly at: number;
  readonly stopped: boolean;
}

/** Values of λ from a list such as “0, 0.01, 0.1, 1” or “0; 0,01; 0,1; 1”. @returns ascending, without repetition; null where an entry is no λ */
export function parseLambdas(text: string, max: number): readonly number[] | null {
  const values = readNumbers(text);
  if (values.length === 0 || values.some((value) => !Number.isFinite(value) || value < 0 || value > max)) return null;
  return [...new Set(values)].sort((a, b) => a - b);
}

export function beginSweep(config: RunConfig, lambdas: readonly number[]): SweepState {
  return { config, points: lambdas.map((lambda) => ({ lambda, averageAccuracy: null, averageForgetting: null })), at: 0, stopped: false };
}

/** Config of the run under way. */
export function sweepConfig(sweep: SweepState): RunConfig | null {
  const point = sweep.points[sweep.at];
  return point === undefined || sweep.stopped ? null : { ...sweep.config, lambda: point.lambda };
}

/** Takes a run's end: notes its figures and moves on; a run that failed or was reset ends the sweep, with what it has. */
export function advanceSweep(sweep: SweepState, phase: RunPhase, metrics: Metrics | null): SweepState {
  if (sweep.stopped || sweep.at >= sweep.points.length) return sweep;
  if (phase.kind === 'failed' || phase.kind === 'idle') return { ...sweep, stopped: true };
  if (phase.kind !== 'done' || metrics === null) return sweep;
  const points = sweep.points.map((point, index) =>
    index === sweep.at ? { ...point, averageAccuracy: metrics.averageAccuracy, averageForgetting: metrics.averageForgetting } : point);
  return { ...sweep, points, at: sweep.at + 1 };
}
