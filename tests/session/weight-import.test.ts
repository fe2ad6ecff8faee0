/** Weights, runs and trees come in: what changes, what does not, and what is refused. */
import { isDeepStrictEqual } from 'node:util';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/core/config.ts';
import type { DownloadItem, WeightFormat, WeightImport } from '../../src/core/protocol.ts';
import { torchShape } from '../../src/engine/model/layout.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { backboneParams } from '../../src/engine/model/spec.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { headStateDict } from '../../src/formats/full-model.ts';
import { f32Tensor, toFloat32, type NamedTensor } from '../../src/formats/named-tensors.ts';
import { readRunFile, writeRunFile } from '../../src/formats/run-file.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { pairRegParams, regParamsSource } from '../../src/formats/reg-params-write.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { downloadRun } from '../../src/session/run-download.ts';
import { recordMetrics, type RunRecord } from '../../src/session/run-record.ts';
import { importWeights } from '../../src/session/weight-import.ts';
import { bytesSource } from '../data/memory-store.ts';
import { useBackend } from '../helpers/backends.ts';
import { testSession, TINY, type TestSession } from '../helpers/session.ts';
import { openZip } from '../helpers/zip.ts';

beforeAll(() => useBackend('wasm'));

type Bytes = Uint8Array<ArrayBuffer>;

/** Two tasks of two classes on the smallest network. */
const QUICK: RunConfig = { ...TINY, model: 'mlp' };

async function trained(config: RunConfig, scope: 'task' | 'all'): Promise<TestSession> {
  const test = testSession();
  await test.session.dispatch({ kind: 'start', config, scope });
  await test.session.settled();
  expect(test.session.currentPhase.kind).not.toBe('failed');
  return test;
}

async function goOn(test: TestSession): Promise<RunRecord> {
  await test.session.dispatch({ kind: 'continue', scope: 'all' });
  await test.session.settled();
  expect(test.session.currentPhase).toEqual({ kind: 'done' });
  return test.session.currentRecord!;
}

async function exported({ session }: TestSession, item: DownloadItem, format: WeightFormat = 'pytorch'): Promise<Bytes> {
  return joinBytes((await downloadRun(session, item, format)).content);
}

/** Later imports are newer. */
let imports = 0;

function take(test: TestSession, name: string, bytes: Uint8Array, config = QUICK): Promise<WeightImport> {
  const { session, provider } = test;
  let id = 0;
  return importWeights({ session, provider, config, newId: () => `arrived-${(id += 1)}`, date: () => `2024-01-0${++imports}T00:00:00.000Z`, breathe: async () => undefined, say: () => undefined }, bytesSource(name, bytes));
}

/** Everything that must not change where an import is refused. */
function stateOf({ session, store }: TestSession): unknown {
  return structuredClone([session.currentRecord, session.currentPhase, [...store.entries]]);
}

/** Element by element would take seconds for a network's weights. */
function expectUnchanged(test: TestSession, before: unknown): void {
  expect(isDeepStrictEqual(stateOf(test), before), 'what is stored and shown is as it was').toBe(true);
}

async function expectRefused(test: TestSession, name: string, bytes: Uint8Array, expected: object, config = QUICK): Promise<void> {
  const before = stateOf(test);
  const tensors = memory().numTensors;
  await expect(take(test, name, bytes, config)).rejects.toMatchObject(expected);
  expectUnchanged(test, before);
  expect(memory().numTensors).toBe(tensors);
}

/** What a run measured and how it learned after its first task. */
function secondTask(record: RunRecord): unknown {
  return {
    accuracy: record.accuracyMatrix[1],
    losses: record.steps.filter(({ task }) => task === 1).map(({ loss, penalty }) => [loss, penalty]),
    layers: record.importances.find(({ task }) => task === 1)?.layers,
  };
}

const zeros = (name: string, shape: readonly number[]): NamedTensor => filled(name, shape, 0);

function filled(name: string, shape: readonly number[], value: number): NamedTensor {
  return f32Tensor(name, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));
}

/** A backbone of the compact AlexNet. */
function compact(): NamedTensor[] {
  return backboneParams(modelSpec('alexnet-compact')).map((param) => zeros(param.name, torchShape(param)));
}

const says = (text: string): object => ({ message: expect.stringContaining(text) as string });

describe('a run', () => {
  it.each(['mas', 'lwf', 'si', 'rwalk', 'replay'] as const)('of %s travels: exported after task 1, it goes on elsewhere with the same numbers', async (method) => {
    // λ strong enough that a lost importance or teacher would show.
    const config: RunConfig = { ...QUICK, method, lambda: method === 'mas' ? 100 : 1 };
    const plain = (await trained(config, 'all')).session.currentRecord!;
    const file = await exported(await trained(config, 'task'), { kind: 'run' });
    const other = testSession();
    expect((await take(other, 'run.maslab', file)).said).toContain('1 of 2 tasks finished');
    const arrived = await goOn(other);
    expect(secondTask(arrived)).toEqual(secondTask(plain));
    expect(arrived.accuracyMatrix).toEqual(plain.accuracyMatrix);
    expect(arrived.baseline).toEqual(plain.baseline);
    expect(arrived.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  });

  it('carries which weights matter to each task, so that overlap is known on; a file without still opens', async () => {
    const source = await trained({ ...QUICK, method: 'mas' }, 'task');
    const { topSets } = await source.session.lastCheckpoint();
    expect(topSets![0]!.some((word) => word !== 0)).toBe(true);
    const file = await exported(source, { kind: 'run' });
    const other = testSession();
    await take(other, 'run.maslab', file);
    expect((await other.session.lastCheckpoint()).topSets).toEqual(topSets);
    const jaccard = async (test: TestSession): Promise<unknown> => (await goOn(test)).importances[1]!.overlap!.jaccard;
    const here = await jaccard(source);
    expect(here).toEqual([[1, expect.any(Number)], [expect.any(Number), 1]]);
    expect(await jaccard(other)).toEqual(here);

    const { json, tensors } = readRunFile(file, 'run.maslab');
    const rewritten = async (change: (tensor: NamedTensor) => NamedTensor[]): Promise<Bytes> => joinBytes(await writeRunFile({ json, tensors: tensors.flatMap(change) }));
    const isSet = ({ name }: NamedTensor): boolean => name.startsWith('top-sets/');
    const older = testSession();
    await take(older, 'run.maslab', await rewritten((tensor) => (isSet(tensor) ? [] : [tensor])));
    expect(await jaccard(older)).toEqual([[null, null], [null, 1]]);
    const short = await rewritten((tensor) => (isSet(tensor) && tensor.dtype === 'I32' ? [{ ...tensor, shape: [1], data: tensor.data.slice(0, 1) }] : [tensor]));
    await expectRefused(testSession(), 'run.maslab', short, { code: 'checkpoint-mismatch', ...says('top-sets/0') });
  });

  it('that is damaged or incomplete changes nothing', async () => {
    const test = await trained(QUICK, 'task');
    const file = await exported(test, { kind: 'run' });
    const flipped = file.slice();
    flipped[flipped.length - 5]! ^= 1;
    await expectRefused(test, 'run.maslab', flipped, { code: 'CRC_MISMATCH' });
    await expectRefused(test, 'run.maslab', file.subarray(0, file.length - 8), { code: 'TRUNCATED' });
  });
});

describe('a backbone', () => {
  it('is what the next run starts from, its first convolutions kept', async () => {
    const source = await trained(TINY, 'task');
    const file = await exported(source, { kind: 'shared-model' });
    const test = testSession();
    const { said, settings } = await take(test, 'shared_model.pth', file, { ...TINY, model: 'alexnet-64' });
    expect(said).toContain('AlexNet compact');
    expect(said).toContain('Trainable conv layers');
    expect(settings).toMatchObject({ model: 'alexnet-compact', trainableConvLayers: 2 });
    expect(settings.initialWeights).toMatch(/^[0-9a-f]{64}$/);
    await test.session.dispatch({ kind: 'start', config: { ...TINY, ...settings, seed: 7 }, scope: 'task' });
    await test.session.settled();
    const [given, now] = [(await source.session.lastCheckpoint()).network.backbone, (await test.session.lastCheckpoint()).network.backbone];
    for (const name of ['features.0.weight', 'features.3.bias', 'features.6.weight']) expect(now.get(name)!.values, name).toEqual(given.get(name)!.values);
    expect(now.get('features.10.weight')!.values).not.toEqual(given.get('features.10.weight')!.values);
    expect(test.session.currentRecord!.baseline[0]).not.toBeNull();
  });

  it('comes without its own head of 1000 classes, and says so', async () => {
    const head = [zeros('classifier.6.weight', [1000, 256]), zeros('classifier.6.bias', [1000])];
    const { said } = await take(testSession(), 'imagenet.pth', await joinBytes(pthSource([...compact(), ...head])));
    expect(said).toContain('head of 1000 classes is set aside');
  });

  it('is listed by name, newest first, until it is deleted', async () => {
    const test = testSession();
    const weights = (value: number): Promise<Bytes> => joinBytes(pthSource(compact().map(({ name, shape }) => filled(name, shape, value))));
    const first = (await take(test, 'first.pth', await weights(0.01))).settings.initialWeights!;
    const second = (await take(test, 'second.pth', await weights(0.02))).settings.initialWeights!;
    const values = compact().reduce((sum, { data }) => sum + data.length, 0);
    const listed = await test.session.weights.list();
    expect(listed).toMatchObject([{ id: second, name: 'second.pth' }, { id: first, name: 'first.pth', models: ['alexnet-compact'], sizeBytes: 4 * values }]);
    await test.session.weights.delete(second);
    expect((await test.session.weights.list()).map(({ name }) => name)).toEqual(['first.pth']);
    expect([...test.store.entries.keys()].filter((key) => key.includes(second))).toEqual([]);
    const start = test.session.dispatch({ kind: 'start', config: { ...TINY, initialWeights: second }, scope: 'task' });
    await expect(start).rejects.toMatchObject({ code: 'data-missing' });
  });

  it('of no model of the lab is refused with every difference to the nearest', async () => {
    const wrong = compact().filter(({ name }) => name !== 'features.3.bias').map((tensor) => (tensor.name === 'features.0.bias' ? zeros(tensor.name, [31]) : tensor));
    const bytes = await joinBytes(pthSource([...wrong, zeros('bn.weight', [3])]));
    for (const difference of ['features.3.bias [64] is missing', 'features.0.bias is [31], expected [32]', 'bn.weight [3] is not part', 'AlexNet compact']) {
      await expectRefused(testSession(), 'odd.pth', bytes, says(difference));
    }
  });

  it('that is not stored here, or is another model’s, stops a run before it begins', async () => {
    const test = await trained(QUICK, 'task');
    const { settings } = await take(test, 'shared_model.pth', await exported(test, { kind: 'shared-model' }));
    expect(settings.model).toBe('mlp');
    const before = stateOf(test);
    const start = (config: RunConfig): Promise<void> => test.session.dispatch({ kind: 'start', config, scope: 'all' });
    await expect(start({ ...QUICK, initialWeights: 'ab' })).rejects.toMatchObject({ code: 'data-missing' });
    await expect(start({ ...QUICK, ...settings, model: 'small-conv' })).rejects.toMatchObject({ code: 'param-mismatch' });
    expectUnchanged(test, before);
  });
});

describe('importances', () => {
  const MAS: RunConfig = { ...QUICK, lambda: 100 };

  async function own(test: TestSession): Promise<{ omega: NamedTensor[]; anchor: NamedTensor[] }> {
    const { tensors } = readWeightFile(await exported(test, { kind: 'reg-params' }), 'x');
    const part = (which: string): NamedTensor[] =>
      tensors.filter(({ name }) => name.endsWith(`/${which}`)).map((tensor) => f32Tensor(tensor.name.slice(0, -which.length - 1), tensor.shape, toFloat32(tensor).slice()));
    return { omega: part('omega'), anchor: part('init_val') };
  }
  const written = (omega: readonly NamedTensor[], anchor: readonly NamedTensor[]): Promise<Bytes> => joinBytes(regParamsSource(pairRegParams(omega, anchor)));

  it.each(['pytorch', 'safetensors'] as const)('of the run itself (%s) make a branch that learns the same', async (format) => {
    const plain = (await trained(MAS, 'all')).session.currentRecord!;
    const test = await trained(MAS, 'task');
    const original = structuredClone(test.store.entries.get('run/run-1/record'));
    await take(test, `reg_params.${format}`, await exported(test, { kind: 'reg-params' }, format));
    expect(test.session.currentRecord).toMatchObject({ parent: { runId: 'run-1', afterTask: 1 }, finishedTasks: 1 });
    expect(test.session.currentRecord!.importances[0]!.maxOmega).toBe(plain.importances[0]!.maxOmega);
    expect(secondTask(await goOn(test))).toEqual(secondTask(plain));
    expect(test.store.entries.get('run/run-1/record')).toEqual(original);
  });

  it('replace Ω and the anchor, which the files and the travelling run have too', async () => {
    const test = await trained(MAS, 'task');
    const { omega, anchor } = await own(test);
    const moved = anchor.map(({ name, shape }) => filled(name, shape, 0.25));
    const flat = omega.map(({ name, shape }) => filled(name, shape, 3));
    const { said } = await take(test, 'reg_params.pickle', await written(flat, moved));
    expect(said).toContain('anchor is not the present backbone');
    expect(test.session.currentRecord!.importances.map(({ maxOmega }) => maxOmega)).toEqual([3]);
    expect((await own(test)).anchor[0]!.data[0]).toBe(0.25);
    const other = testSession();
    await take(other, 'run.maslab', await exported(test, { kind: 'run' }));
    expect((await own(other)).anchor.every(({ data }) => data.every((value) => value === 0.25))).toBe(true);
    // Pulled by Ω = 3 at λ = 100 in proximal steps, weights end near the anchor that was imported.
    const record = await goOn(other);
    expect(secondTask(record)).toEqual(secondTask(await goOn(test)));
    const { backbone } = (await other.session.lastCheckpoint()).network;
    const far = (name: string): number => backbone.get(name)!.values.reduce((most, value) => Math.max(most, Math.abs(value - 0.25)), 0);
    expect(Math.max(...anchor.map(({ name }) => far(name)))).toBeLessThan(0.1);
    // Once a task is learned, its end is the anchor again.
    expect((await own(other)).anchor[0]!.data[0]).not.toBe(0.25);
  });

  it('are refused, with nothing changed, where they do not fit or are no importances', async () => {
    const test = await trained(MAS, 'task');
    const { omega, anchor } = await own(test);
    const damaged = (value: number): Promise<Bytes> => written([filled(omega[0]!.name, omega[0]!.shape, value), ...omega.slice(1)], anchor);
    await expectRefused(test, 'reg_params.pickle', await damaged(-1), { code: 'NEGATIVE_OMEGA' });
    await expectRefused(test, 'reg_params.pickle', await damaged(Number.NaN), { code: 'NON_FINITE' });
    await expectRefused(test, 'reg_params.pickle', await written(omega.slice(1), anchor.slice(1)), { code: 'MISSING_TENSOR', ...says('hidden.0.weight') });
    await expectRefused(testSession(), 'reg_params.pickle', await damaged(1), { code: 'run-state' });
    await expectRefused(await trained({ ...QUICK, method: 'finetune' }, 'task'), 'reg_params.pickle', await damaged(1), { code: 'config-conflict' });
  });
});

describe('a head', () => {
  it('is measured on the run’s backbone beside the run’s own, and changes nothing', async () => {
    const test = await trained(QUICK, 'task');
    const percent = `${(100 * test.session.currentRecord!.accuracyMatrix[0]![0]!).toFixed(1)} %`;
    const before = stateOf(test);
    const tensors = memory().numTensors;
    const { said } = await take(test, 'head.pth', await exported(test, { kind: 'head', task: 0 }));
    expect(said).toContain(`${percent} of task 1 right (its own head: ${percent})`);
    expect(said).toContain('of task 2 right (not learned yet)');
    expectUnchanged(test, before);
    expect(memory().numTensors).toBe(tensors);
  });

  it('is refused without a run, or of another number of classes or features', async () => {
    const test = await trained(QUICK, 'task');
    const head = (classes: number, features: number): Promise<Bytes> =>
      joinBytes(pthSource(headStateDict({ weight: f32Tensor('w', [classes, features], new Float32Array(classes * features)), bias: f32Tensor('b', [classes], new Float32Array(classes)) })));
    await expectRefused(test, 'head.pth', await head(3, 256), { code: 'data-mismatch', ...says('2, 2') });
    await expectRefused(test, 'head.pth', await head(2, 99), { code: 'SHAPE_MISMATCH' });
    await expectRefused(testSession(), 'head.pth', await head(2, 256), { code: 'run-state' });
  });
});

describe('the seed’s tree', () => {
  /** As another program packs it: deflated, in a folder of its own. */
  async function repacked(files: ReadonlyMap<string, Uint8Array>): Promise<Bytes> {
    const zip = new ZipWriter(new Uint8ArrayWriter());
    for (const [path, bytes] of files) await zip.add(`my run/${path}`, new Uint8ArrayReader(bytes));
    return new Uint8Array(await zip.close());
  }

  it('goes on where it ended, with the numbers of the run it came from', async () => {
    const config: RunConfig = { ...QUICK, lambda: 100 };
    const plain = (await trained(config, 'all')).session.currentRecord!;
    const zip = await exported(await trained(config, 'task'), { kind: 'all' });
    const other = testSession();
    // Its own config counts, not the chosen one.
    const { said } = await take(other, 'models.zip', zip, { ...QUICK, seed: 99, method: 'finetune' });
    expect(said).toContain('1 of 2 tasks finished');
    const record = other.session.currentRecord!;
    expect(record.config).toEqual(config);
    expect(record.accuracyMatrix[0]![0]).toBe(plain.accuracyMatrix[0]![0]);
    expect(secondTask(await goOn(other))).toEqual(secondTask(plain));
  });

  it('made by hand in PyTorch’s way takes the chosen settings, and measures only what it can', async () => {
    const config: RunConfig = { ...TINY, model: 'small-conv', tasks: 3, trainableConvLayers: 1 };
    const source = await trained({ ...config, tasks: 2 }, 'all');
    const files = new Map([...(await openZip(await exported(source, { kind: 'all' })))].filter(([path]) => /^models\/.*(pth|pickle|classes\.txt)$/.test(path)));
    const tensors = memory().numTensors;
    const other = testSession();
    const { said } = await take(other, 'seed.zip', await repacked(files), { ...config, trainableConvLayers: 5, model: 'alexnet-64' });
    expect(said).toContain('those chosen here');
    expect(said).toContain('“Trainable conv layers” = 1');
    const record = other.session.currentRecord!;
    expect(record).toMatchObject({ finishedTasks: 2, config: { model: 'small-conv', trainableConvLayers: 1, tasks: 3 } });
    expect(record.accuracyMatrix).toEqual([[null, null, null], [...source.session.currentRecord!.accuracyMatrix[1]!, null]]);
    expect(memory().numTensors).toBe(tensors);
    // What nobody measured is in no file.
    const again = await openZip(await exported(other, { kind: 'all' }));
    expect([again.has('models/Task_1/performance.txt'), again.has('models/Task_2/performance.txt')]).toEqual([false, true]);
    expect((await goOn(other)).accuracyMatrix[2]!.every((value) => value !== null)).toBe(true);
  });

  it('says how good each task was when it was new, as far as a number can be read', async () => {
    const source = await trained({ ...TINY, model: 'mlp' }, 'all');
    const { accuracyMatrix } = source.session.currentRecord!;
    const files = await openZip(await exported(source, { kind: 'all' }));
    const imported = async (performance: string): Promise<{ said: string; first: number | null | undefined; forgetting: number | null }> => {
      const other = testSession();
      const { said } = await take(other, 'seed.zip', await repacked(new Map(files).set('models/Task_1/performance.txt', new TextEncoder().encode(performance))), TINY);
      const record = other.session.currentRecord!;
      expect(record.accuracyMatrix[1]).toEqual(accuracyMatrix[1]);
      return { said, first: record.accuracyMatrix[0]![0], forgetting: recordMetrics(record).averageForgetting };
    };
    const own = new TextDecoder().decode(files.get('models/Task_1/performance.txt'));
    expect(await imported(own)).toMatchObject({ first: accuracyMatrix[0]![0], said: expect.stringContaining('as performance.txt says: task 1') as string });
    expect(await imported('tensor(0.7500)\n')).toMatchObject({ first: 0.75, forgetting: 0.75 - accuracyMatrix[1]![0]! });
    for (const wrong of ['75 %', '', 'nan', '-0.5']) {
      expect(await imported(wrong), wrong).toMatchObject({ first: null, said: expect.stringContaining('performance.txt of task 1 is no fraction') as string });
    }
  });

  it('is refused with every way in which it does not fit', async () => {
    const test = await trained(QUICK, 'task');
    const files = await openZip(await exported(test, { kind: 'all' }));
    const without = (...paths: string[]): Promise<Bytes> => repacked(new Map([...files].filter(([path]) => !paths.some((part) => path.includes(part)))));
    const config = { ...QUICK, classesPerTask: 3 };
    await expectRefused(test, 't.zip', await without('config.json', 'class_names'), { code: 'data-mismatch', ...says('task 1 has a head of 2 classes, the split 3') }, config);
    await expectRefused(test, 't.zip', await without('config.json'), { code: 'data-mismatch', ...says('task 1, class 1 is') }, { ...QUICK, seed: 5 });
    await expectRefused(test, 't.zip', await without('Task_1/head'), { code: 'MISSING_TENSOR' });
    const damaged = new Map(files).set('models/Task_1/classes.txt', new TextEncoder().encode('9'));
    await expectRefused(test, 't.zip', await repacked(damaged), { code: 'data-mismatch', ...says('classes.txt says 9') });
  });
});

it('a config.json gives its settings', async () => {
  const file = await exported(await trained({ ...QUICK, seed: 3 }, 'task'), { kind: 'config' });
  expect((await take(testSession(), 'config.json', file)).settings).toEqual({ ...QUICK, seed: 3 });
  await expectRefused(testSession(), 'config.json', new TextEncoder().encode('{ "model": "alexnet-compact", "method": "magic" }'), { code: 'config-unknown' });
  await expectRefused(testSession(), 'other.json', new TextEncoder().encode('{ "a": 1 }'), { code: 'NOT_A_CHECKPOINT' });
});
