import { describe, expect, it } from 'vitest';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { fullModelStateDict } from '../../src/formats/full-model.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { f32Tensor, toFloat32 } from '../../src/formats/named-tensors.ts';
import { loadRegParams } from '../../src/formats/reg-params-read.ts';
import { loadBackbone, loadHead, loadStateDict } from '../../src/formats/state-dict.ts';
import type { RunFiles } from '../../src/formats/tree.ts';
import { runTree } from '../../src/formats/tree.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { TREE_OF_TWO_TASKS } from '../helpers/run-files.ts';

const counting = (name: string, shape: number[], start: number): NamedTensor =>
  f32Tensor(name, shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => start + i));

const SHARED = [counting('features.0.weight', [2, 3, 1, 1], 1), counting('features.0.bias', [2], 10)];
const head = (task: number): RunFiles['heads'][number] => ({
  task,
  classes: [
    { id: 'n01', name: 'cat, tabby' },
    { id: 'n02', name: 'with\ttab' },
  ],
  weight: counting('any', [2, 4], 100 * task),
  bias: counting('name', [2], 100 * task + 50),
  accuracyThen: task === 0 ? 1 : 0.46,
});
const RUN: RunFiles = {
  shared: SHARED,
  omega: SHARED.map((tensor) => ({ ...tensor })),
  anchor: SHARED,
  heads: [head(0), head(1)],
  config: { lambda: 3 },
  metrics: { averageAccuracy: 0.5 },
  accuracyMatrix: [
    [0.9, null],
    [0.65, 0.5],
  ],
};
const EXPECTED = SHARED.map(({ name, shape }) => ({ name, shape }));

const contents = async (run = RUN, options = {}): Promise<Map<string, Uint8Array<ArrayBuffer>>> =>
  new Map(await Promise.all(runTree(run, options).map(async ({ path, content }) => [path, await joinBytes(content)] as const)));
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe("the seed's tree", () => {
  it('has these files', async () => {
    expect([...(await contents()).keys()]).toEqual(TREE_OF_TWO_TASKS);
  });

  it('holds what the run holds, in both formats', async () => {
    const files = await contents();
    const read = (path: string): ReturnType<typeof readWeightFile> => readWeightFile(files.get(path)!, path);
    for (const ending of ['pth', 'safetensors']) {
      const { weights } = loadBackbone(read(`models/shared_model.${ending}`), EXPECTED, 'x');
      expect([...weights.get('features.0.weight')!]).toEqual([1, 2, 3, 4, 5, 6]);
      const { classes, weight, bias } = loadHead(read(`models/Task_2/head.${ending}`), 4, 'x');
      expect([classes, weight[0], bias[1]]).toEqual([2, 100, 151]);
    }
    for (const ending of ['pickle', 'safetensors']) {
      const { omega, anchor } = loadRegParams(read(`models/reg_params.${ending}`), EXPECTED, 'x');
      expect([...omega.get('features.0.bias')!, ...anchor.get('features.0.bias')!]).toEqual([10, 11, 10, 11]);
    }
  });

  it('has texts that the seed reads', async () => {
    const files = await contents();
    expect(text(files.get('models/Task_1/classes.txt'))).toBe('2');
    expect(text(files.get('models/Task_1/class_names.txt'))).toBe('n01\tcat, tabby\nn02\twith tab\n');
    expect(text(files.get('models/Task_1/performance.txt'))).toBe('1.0');
    expect(text(files.get('models/Task_2/performance.txt'))).toBe('0.46');
    expect(text(files.get('metrics.csv'))).toBe('after_task,task,accuracy,forgetting\r\n1,1,0.9,0\r\n2,1,0.65,0.25\r\n2,2,0.5,0\r\n');
    expect(JSON.parse(text(files.get('config.json')))).toEqual({ lambda: 3 });
  });

  it('has no reg_params where there are no importances, and one format alone on request', async () => {
    const files = await contents({ ...RUN, omega: [], anchor: [] }, { formats: ['pytorch'] });
    expect([...files.keys()].filter((path) => path.includes('reg_params') || path.endsWith('.safetensors'))).toEqual([]);
  });

  it('has whole networks on request', async () => {
    const files = await contents(RUN, { formats: ['pytorch'], fullModels: true });
    const file = readWeightFile(files.get('models/Task_2/alexnet.pth')!, 'x');
    const weights = loadStateDict(file, [...EXPECTED, { name: 'classifier.6.weight', shape: [2, 4] }, { name: 'classifier.6.bias', shape: [2] }], 'x');
    expect(weights.get('classifier.6.bias')).toEqual(Float32Array.of(150, 151));
  });
});

describe('heads and backbones', () => {
  const whole = fullModelStateDict(SHARED, head(0)).filter((tensor) => 'data' in tensor);
  const file = (tensors: readonly NamedTensor[]): ReturnType<typeof readWeightFile> => ({ container: 'torch-zip', tensors, metadata: new Map() });

  it('are found in a whole network', () => {
    const { weights, head: found } = loadBackbone(file(whole), EXPECTED, 'x');
    expect([...weights.keys()]).toEqual(EXPECTED.map(({ name }) => name));
    expect(found.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
    expect(loadHead(file(whole), 4, 'x').classes).toBe(2);
  });

  it('are found behind prefixes and in a nested state dict', () => {
    const nested = whole.map((tensor) => ({ ...tensor, name: `state_dict/module.tmodel.${tensor.name}` }));
    const other = counting('optimizer/momentum', [1], 0);
    expect(loadBackbone(file([other, ...nested]), EXPECTED, 'x').weights.size).toBe(2);
  });

  it('are refused with every difference in one message', () => {
    const wrong = [counting('features.0.weight', [2, 3, 1, 2], 0), counting('extra', [1], 0)];
    expect(() => loadStateDict(file(wrong), EXPECTED, 'w.pth')).toThrow(
      'w.pth: does not fit the model: features.0.weight is [2, 3, 1, 2], expected [2, 3, 1, 1]; ' +
        'features.0.bias [2] is missing; extra [1] is not part of the model.',
    );
    expect(() => loadHead(file([counting('fc.weight', [2, 5], 0), counting('fc.bias', [2], 0)]), 4, 'h.pth')).toThrow(
      'h.pth: does not fit the model: fc.weight is [2, 5], expected [2, 4].',
    );
    expect(() => loadHead(file([counting('fc.weight', [3, 4], 0)]), 4, 'h.pth')).toThrow('fc.bias [3] is missing');
    expect(() => loadHead(file(SHARED), 4, 'h.pth')).toThrow('h.pth: no head in it');
    const whole64 = { name: 'features.0.bias', dtype: 'I64' as const, shape: [2], data: BigInt64Array.of(1n, 2n) };
    expect(() => loadStateDict(file([SHARED[0]!, whole64]), EXPECTED, 'i.pth')).toThrow('features.0.bias is I64, expected a floating-point type');
  });

  it('take doubles and halves as float32', () => {
    const double = { name: 'features.0.bias', dtype: 'F64' as const, shape: [2], data: Float64Array.of(0.1, 2) };
    expect(loadStateDict(file([SHARED[0]!, double]), EXPECTED, 'x').get('features.0.bias')).toEqual(Float32Array.of(0.1, 2));
    expect(toFloat32({ ...double, name: 'x', dtype: 'I64', data: BigInt64Array.of(3n, -1n) })).toEqual(Float32Array.of(3, -1));
  });
});
