import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIALECT_IDS } from '../../src/core/dialects.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { measureDialects } from '../../src/session/dialect-measurement.ts';
import { dialectCsv, dialectMarkdown } from '../../src/session/dialect-tables.ts';
import { DatasetTasks } from '../../src/session/dataset-tasks.ts';
import { useBackend } from '../helpers/backends.ts';
import { noDecoder, testSession, TINY } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

describe('dialects of a run', () => {
  it('are measured on its last task, compared pair by pair, and told as tables', async () => {
    const { session } = testSession();
    await session.dispatch({ kind: 'start', config: { ...TINY, model: 'mlp' }, scope: 'task' });
    await session.settled();
    const record = session.currentRecord!;
    const reader = builtinReader({ trainCount: 8, testCount: 6 });
    const tasks = new DatasetTasks({ list: async () => [reader.info], reader: async () => reader }, noDecoder);
    const { train } = await tasks.load(record.config, 0, modelSpec('mlp'), () => undefined, new AbortController().signal);
    const before = memory().numTensors;
    const report = await measureDialects(record, await session.lastCheckpoint(), train, { now: () => 0, breathe: async () => undefined });
    expect(memory().numTensors).toBe(before);
    expect(report).toMatchObject({ task: 0, images: 4, batchSize: 8, weights: 784 * 256 + 256 + 256 * 256 + 256 });
    expect(report.rows.map(({ dialect }) => dialect)).toEqual([...DIALECT_IDS]);
    expect(report.rows[0]).toMatchObject({ lambda: 1, max: expect.closeTo(record.importances[0]!.maxOmega, 4) });
    // A mean of absolute values is at least the absolute value of the mean.
    const [paper, authors, , facil] = report.rows;
    expect(authors!.mean).toBeLessThanOrEqual(paper!.mean);
    // Half of Ω and half of λ: four times the λ on top of the scale.
    expect(facil!.lambda).toBeCloseTo((4 * paper!.mean) / facil!.mean, 3);
    expect(report.pairs).toHaveLength(6);
    expect(report.pairs.every(({ spearman, topOverlap }) => spearman! > 0 && spearman! <= 1 && topOverlap > 0.1 && topOverlap <= 1)).toBe(true);
    expect(dialectMarkdown(report)).toContain('| Paper (exact per image) : FACIL |');
    expect(dialectCsv(report).trim().split('\r\n')).toHaveLength(7);
    await session.dispatch({ kind: 'reset' });
  });
});
