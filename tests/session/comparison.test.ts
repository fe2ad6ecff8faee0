import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lambdaGrid, meanScores, selectionSeeds, validateComparison, type ComparisonProgress, type ComparisonRequest } from '../../src/core/comparison.ts';
import { readConfig } from '../../src/core/config-text.ts';
import type { LabError } from '../../src/core/errors.ts';
import { METHOD_TRAITS } from '../../src/core/method-settings.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { runComparison, type ComparisonHost } from '../../src/session/comparison.ts';
import { storedPieces } from '../../src/session/comparison-pieces.ts';
import { comparisonFiles } from '../../src/session/comparison-report.ts';
import { DatasetTasks } from '../../src/session/dataset-tasks.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { HeldOutTasks } from '../../src/session/held-out-tasks.ts';
import { reportDownload } from '../../src/session/report-download.ts';
import type { TaskProvider } from '../../src/session/task-provider.ts';
import { useBackend } from '../helpers/backends.ts';
import { openZip } from '../helpers/zip.ts';
import { MemoryStore, noDecoder, testSession, TINY } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

// The perceptron on few images: whole comparisons in seconds.
const CONFIG = { ...TINY, model: 'mlp' as const };
const REQUEST: ComparisonRequest = { config: CONFIG, methods: ['finetune', 'mas', 'joint'], seeds: [0, 1], grid: [0.1, 1000], selectionTasks: 2 };

function tasksOf(trainCount = 8): TaskProvider {
  const reader = builtinReader({ trainCount, testCount: 6 });
  return new DatasetTasks({ list: async () => [reader.info], reader: async () => reader }, noDecoder);
}

function host(provider: TaskProvider = tasksOf(), more: Partial<ComparisonHost> = {}): ComparisonHost & { readonly seen: ComparisonProgress[] } {
  const seen: ComparisonProgress[] = [];
  let clock = 0;
  let ids = 0;
  return {
    seen, provider,
    store: new MemoryStore(),
    locks: memoryLocks(),
    signal: new AbortController().signal,
    onProgress: (progress) => seen.push(progress),
    backendName: () => 'test',
    now: () => (clock += 1),
    date: () => '2024-01-01T00:00:00.000Z',
    newId: () => `run-${(ids += 1)}`,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    ...more,
  };
}

describe('held-out training images', () => {
  it('are a fifth of each class, apart from those trained on, and no test image', async () => {
    const provider = tasksOf(10);
    const model = modelSpec('mlp');
    const load = (tasks: TaskProvider, seed: number) => tasks.load({ ...CONFIG, seed }, 1, model, () => undefined, new AbortController().signal);
    const whole = await load(provider, 0);
    const { train, test } = await load(new HeldOutTasks(provider, 2), 0);
    const places = (set: typeof train): string[] => Array.from({ length: set.length }, (_, k) => JSON.stringify(set.locate(k)));
    expect([train.length, test.length]).toEqual([16, 4]);
    expect([...test.labels].sort()).toEqual([0, 0, 1, 1]);
    expect(new Set([...places(train), ...places(test)])).toEqual(new Set(places(whole.train)));
    expect(places(test).every((place) => place.includes('"train"'))).toBe(true);
    expect(places((await load(new HeldOutTasks(provider, 2), 0)).test)).toEqual(places(test));
  });
});

describe('the scores of λ', () => {
  it('are means over at most three seeds, and none where one seed diverged', () => {
    const seeds = (count: number): readonly number[] => selectionSeeds({ ...REQUEST, seeds: Array.from({ length: count }, (_, k) => 5 + k) });
    expect([seeds(1), seeds(3), seeds(9)]).toEqual([[5], [5, 6, 7], [5, 6, 7]]);
    const scores = meanScores([
      [{ lambda: 1, accuracy: 0.5 }, { lambda: 2, accuracy: 0.75 }],
      [{ lambda: 1, accuracy: 0.25 }, { lambda: 2, accuracy: null }],
    ]);
    expect(scores).toEqual([{ lambda: 1, accuracy: 0.375 }, { lambda: 2, accuracy: null }]);
  });
});

describe('a comparison', () => {
  it('trains every method with every seed as a run by itself would, and chooses λ without test images', async () => {
    const before = memory().numTensors;
    const own = host();
    const { choices, runs, rows } = await runComparison(REQUEST, own);
    expect(memory().numTensors).toBe(before);
    expect(choices.map(({ method, scores }) => [method, scores.map(({ lambda }) => lambda)])).toEqual([['finetune', []], ['mas', [0.1, 1000]], ['joint', []]]);
    expect(runs.map(({ method, seed }) => `${method} ${seed}`)).toEqual(['finetune 0', 'mas 0', 'joint 0', 'finetune 1', 'mas 1', 'joint 1']);
    for (const run of runs) {
      const alone = testSession();
      await alone.session.dispatch({ kind: 'start', config: run.config, scope: 'all' });
      await alone.session.settled();
      expect(run.metrics.accuracyMatrix).toEqual(alone.session.currentRecord!.accuracyMatrix);
      await alone.session.dispatch({ kind: 'reset' });
    }
    const mas = rows.find(({ method }) => method === 'mas')!;
    expect(mas.averageAccuracy).toMatchObject({ count: 2 });
    expect(mas.gapToJoint!.mean).toBeCloseTo(rows.find(({ method }) => method === 'joint')!.averageAccuracy!.mean - mas.averageAccuracy!.mean, 12);
    expect(own.seen.at(-1)).toMatchObject({ done: 18, total: 18 });
    expect(own.seen.map(({ done }) => done)).toEqual(own.seen.map(({ done }) => done).sort((a, b) => a - b));
  });

  it('goes on from finished pieces, and trains again what was asked for differently', async () => {
    const kept = new Map<string, unknown>();
    const pieces = { get: async (name: string) => kept.get(name), set: async (name: string, value: unknown) => void kept.set(name, JSON.parse(JSON.stringify(value))) };
    const loads: number[] = [];
    const counting = (): TaskProvider => {
      const inner = tasksOf();
      return { plan: (config) => inner.plan(config), loadImportance: (...all) => inner.loadImportance(...all), load: (config, task, ...rest) => (loads.push(config.seed), inner.load(config, task, ...rest)) };
    };
    const request: ComparisonRequest = { ...REQUEST, methods: ['mas'] };
    const first = await runComparison(request, host(counting(), { pieces }));
    loads.length = 0;
    const again = await runComparison(request, host(counting(), { pieces }));
    expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(first)));
    // The held-out images are looked at before anything else; nothing is trained.
    expect(loads).toEqual([0, 0, 1, 1]);
    loads.length = 0;
    await runComparison({ ...request, config: { ...CONFIG, learningRate: 0.02 } }, host(counting(), { pieces }));
    // Looked at, chosen on, trained on: each seed's two tasks once for each.
    expect(loads).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it('stopped in the middle goes on from what the lab’s store has, which the end clears away', async () => {
    const blobs = new MemoryStore();
    await blobs.set('dataset/mine', 'stays');
    const pieces = storedPieces(blobs);
    const controller = new AbortController();
    // Two tasks for fine-tuning, which has nothing to choose, are its first seed.
    const request: ComparisonRequest = { ...REQUEST, methods: ['finetune'] };
    const stopping = host(tasksOf(), { pieces, signal: controller.signal, onProgress: ({ done }) => done >= 3 && controller.abort() });
    await expect(runComparison(request, stopping)).rejects.toMatchObject({ code: 'cancelled' });
    expect((await blobs.keys()).sort()).toEqual(['comparison/finetune-seed0', 'dataset/mine']);
    const trained: number[] = [];
    const inner = tasksOf();
    const counting: TaskProvider = { plan: (config) => inner.plan(config), loadImportance: (...all) => inner.loadImportance(...all), load: (config, ...rest) => (trained.push(config.seed), inner.load(config, ...rest)) };
    expect((await runComparison(request, host(counting, { pieces }))).runs.map(({ seed }) => seed)).toEqual([0, 1]);
    expect(trained).toEqual([1, 1]);
    await pieces.clear();
    expect(await blobs.keys()).toEqual(['dataset/mine']);
  });

  it('stops when told to, leaving no tensor behind', async () => {
    const before = memory().numTensors;
    const controller = new AbortController();
    const stopping = host(tasksOf(), { signal: controller.signal, onProgress: ({ done }) => done >= 2 && controller.abort() });
    await expect(runComparison(REQUEST, stopping)).rejects.toMatchObject({ code: 'cancelled' });
    expect(memory().numTensors).toBe(before);
  });

  it('writes tables, curves, and configs that reproduce each row', async () => {
    const comparison = await runComparison({ ...REQUEST, methods: ['mas', 'joint'] }, host(tasksOf(), { names: { dataset: 'some/folder', importanceDataset: '' } }));
    const files = new Map(comparisonFiles(comparison).map(({ path, text }) => [path, text]));
    expect([...files.keys()]).toEqual([
      'comparison.md', 'comparison.csv', 'runs.csv', 'curves.csv', 'comparison.json',
      'configs/mas-seed0.json', 'configs/joint-seed0.json', 'configs/mas-seed1.json', 'configs/joint-seed1.json',
    ]);
    const config = readConfig(JSON.parse(files.get('configs/mas-seed1.json')!));
    expect(config).toEqual({ ...CONFIG, dataset: 'some/folder', method: 'mas', seed: 1, lambda: comparison.choices[0]!.lambda });
    expect(files.get('comparison.md')).toMatch(/\| MAS \(Memory Aware Synapses\) \| (0\.1|1000) \| \d+\.\d ± \d+\.\d \|/);
    expect(files.get('comparison.md')).toContain('npm run train -- --config configs/mas-seed0.json');
    expect(files.get('comparison.csv')!.trim().split('\r\n')).toHaveLength(3);
    expect(files.get('runs.csv')!.trim().split('\r\n')).toHaveLength(5);
    // One epoch: task 1 measured once, tasks 1 and 2 once more.
    expect(files.get('curves.csv')!.trim().split('\r\n')).toHaveLength(1 + 4 * 3);
  });
});

describe('the λ tried', () => {
  it('are those for the method, else those for all, else its own', () => {
    const request: ComparisonRequest = { ...REQUEST, grids: { ewc: [5] } };
    expect(lambdaGrid(request, 'ewc')).toEqual([5]);
    expect(lambdaGrid(request, 'mas')).toEqual(REQUEST.grid);
    expect(lambdaGrid({ ...request, grid: null }, 'mas')).toEqual(METHOD_TRAITS.mas.grid);
    expect(lambdaGrid({ ...request, grids: { finetune: [1] } }, 'finetune')).toEqual([]);
  });
});

describe('a report to save', () => {
  it('is the table alone, or all files in one zip', async () => {
    const comparison = await runComparison({ ...REQUEST, methods: ['finetune'], seeds: [0] }, host());
    const text = async (format: 'markdown' | 'csv'): Promise<string> => new TextDecoder().decode(await joinBytes(reportDownload({ kind: 'comparison', comparison }, format).content));
    const files = comparisonFiles(comparison);
    expect(await text('markdown')).toBe(files.find(({ path }) => path === 'comparison.md')!.text);
    expect(await text('csv')).toBe(files.find(({ path }) => path === 'comparison.csv')!.text);
    const zip = reportDownload({ kind: 'comparison', comparison }, 'zip');
    expect(zip.fileName).toBe('mas-lab-comparison.zip');
    const inside = await openZip(await joinBytes(zip.content));
    expect([...inside.keys()]).toEqual(files.map(({ path }) => path));
    for (const file of files) expect(new TextDecoder().decode(inside.get(file.path))).toBe(file.text);
  });
});

describe('a comparison is refused before training', () => {
  const refused = (change: Partial<ComparisonRequest>): LabError => {
    try {
      validateComparison({ ...REQUEST, ...change });
    } catch (error) {
      return error as LabError;
    }
    throw new Error('it was accepted');
  };

  it.each([
    [{ methods: ['mas', 'mas'] }, 'config-conflict', '“mas” twice'],
    [{ methods: [] }, 'config-range', 'at least one method'],
    [{ seeds: [] }, 'config-range', 'one seed'],
    [{ seeds: [-1] }, 'config-range', 'Seed'],
    [{ grid: [] }, 'config-range', 'grid'],
    [{ grid: [1, 1e9] }, 'config-range', 'Lambda'],
    [{ grids: { mas: [] } }, 'config-range', 'grid'],
    [{ grids: { mas: [-1] } }, 'config-range', 'Lambda'],
    [{ selectionTasks: 1 }, 'config-range', '1 tasks of 2'],
    [{ selectionTasks: 3 }, 'config-range', '3 tasks of 2'],
    [{ config: { ...CONFIG, epochs: 0 } }, 'config-range', 'Epochs'],
  ] as const)('%j', (change, code, words) => {
    const error = refused(change);
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(words);
  });

  it('where the data cannot give it: too few classes, or one training image in a class', async () => {
    await expect(runComparison({ ...REQUEST, config: { ...CONFIG, tasks: 50 } }, host())).rejects.toMatchObject({ code: 'data-mismatch' });
    const single = host(tasksOf(1));
    await expect(runComparison(REQUEST, single)).rejects.toMatchObject({ code: 'class-too-small', message: expect.stringMatching(/has 1 training image;/) });
    expect(single.seen).toEqual([]);
  });
});
