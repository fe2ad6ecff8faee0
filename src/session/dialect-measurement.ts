/** Measures all dialects of MAS on a run's last finished task and compares them. */
import { DIALECT_IDS, DIALECTS, type DialectId, type DialectPair, type DialectReport, type DialectRow } from '../core/dialects.ts';
import { createRandom, deriveSeed } from '../core/random.ts';
import type { ImageSet } from '../data/types.ts';
import { agreement } from '../engine/importance/agreement.ts';
import { requireValidOmega } from '../engine/importance/check-omega.ts';
import { measureDialect } from '../engine/importance/dialects.ts';
import { disposeParams } from '../engine/model/params.ts';
import { modelSpec } from '../engine/model/models.ts';
import { backboneParams, trainableParams } from '../engine/model/spec.ts';
import { disposeNetwork, uploadNetwork } from '../engine/network-state.ts';
import { imageBatches } from './batches.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { RunRecord } from './run-record.ts';
import { sample } from './sample.ts';

export interface DialectHost {
  /** Monotonic milliseconds. */
  now(): number;
  breathe(): Promise<void>;
}

/**
 * On the images that the run measured its own importance on.
 * @param images of the last finished task
 * @throws LabError 'omega-invalid', 'importance-empty'
 */
export async function measureDialects(record: RunRecord, checkpoint: Checkpoint, images: ImageSet, host: DialectHost): Promise<DialectReport> {
  const { config } = record;
  const task = record.finishedTasks - 1;
  const model = modelSpec(config.model, config.dropout);
  const names = backboneParams(model).map(({ name }) => name);
  const trained = trainableParams(model, config.trainableConvLayers);
  const indices = sample(images.length, config.importanceImages, createRandom(config.seed, 'importance', task));
  const network = uploadNetwork(model, checkpoint.network);
  const measured = new Map<DialectId, { readonly omega: Float32Array; readonly elapsedMs: number }>();
  try {
    for (const dialect of DIALECT_IDS) {
      const started = host.now();
      const omega = await measureDialect(dialect, {
        model, backbone: network.backbone, heads: network.heads, trained,
        images: indices.length,
        batchSize: config.batchSize,
        seed: deriveSeed(config.seed, 'dialects', task),
        batches: (size) => imageBatches(model, images, indices, size),
        onProgress: () => host.breathe(),
      });
      const parts: Float32Array[] = [];
      for (const name of names) {
        const value = omega.get(name);
        if (!value) continue;
        const values = (await value.data()) as Float32Array;
        requireValidOmega(name, values);
        parts.push(values);
      }
      disposeParams(omega);
      measured.set(dialect, { omega: joined(parts), elapsedMs: host.now() - started });
    }
  } finally {
    disposeNetwork(network);
  }
  const paper = measured.get('paper')!.omega;
  return {
    task,
    images: indices.length,
    batchSize: config.batchSize,
    weights: paper.length,
    rows: DIALECT_IDS.map((dialect) => row(dialect, measured.get(dialect)!, pull('paper', paper))),
    pairs: DIALECT_IDS.flatMap((first, i) => DIALECT_IDS.slice(i + 1).map((second): DialectPair => ({
      first, second, ...agreement(measured.get(first)!.omega, measured.get(second)!.omega),
    }))),
  };
}

function row(dialect: DialectId, { omega, elapsedMs }: { readonly omega: Float32Array; readonly elapsedMs: number }, paperPull: number): DialectRow {
  let max = 0;
  let zeros = 0;
  for (const value of omega) {
    if (value > max) max = value;
    if (value === 0) zeros += 1;
  }
  const own = pull(dialect, omega);
  return { dialect, mean: total(omega) / omega.length, max, zeroShare: zeros / omega.length, lambda: own === 0 ? 0 : paperPull / own, elapsedMs };
}

/** Σ Ω as it enters the penalty after the first task, λ aside. */
function pull(dialect: DialectId, omega: Float32Array): number {
  const { firstShare, penaltyFactor } = DIALECTS[dialect];
  return firstShare * penaltyFactor * total(omega);
}

function total(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
