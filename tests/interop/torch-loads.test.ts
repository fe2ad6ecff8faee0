/** Real PyTorch loads what the lab writes. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mix32 } from '../../src/core/random.ts';
import { fullModelStateDict } from '../../src/formats/full-model.ts';
import type { NamedTensor } from '../../src/formats/named-tensors.ts';
import { f32Tensor } from '../../src/formats/named-tensors.ts';
import { pthSource } from '../../src/formats/pth-write.ts';
import { regParamsSource } from '../../src/formats/reg-params-write.ts';
import { readSafetensors } from '../../src/formats/safetensors-read.ts';
import { readShared, readSharedJson } from '../helpers/shared.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { temporaryFolder, writeSource } from './folders.ts';

const folder = temporaryFolder();
const TOLERANCE = 3e-5;

/** `reference/README.md` section 2: value e of tensor t, uniform in (−a, a), exact in float32. */
function hashValues(t: number, count: number, a: number): Float32Array {
  const start = Math.imul(t, 0x85ebca77) + 0x165667b1;
  const values = new Float32Array(count);
  for (let e = 0; e < count; e++) values[e] = (((mix32(Math.imul(e, 0x9e3779b1) + start) >>> 8) - 8388608) / 8388608) * a;
  return values;
}

/** torchvision's AlexNet of 50 classes with the reference's hashed weights. */
function fullAlexNet(): NamedTensor[] {
  const shapes: [string, number[], number][] = [
    ['features.0', [64, 3, 11, 11], 363],
    ['features.3', [192, 64, 5, 5], 1600],
    ['features.6', [384, 192, 3, 3], 1728],
    ['features.8', [256, 384, 3, 3], 3456],
    ['features.10', [256, 256, 3, 3], 2304],
    ['classifier.1', [4096, 9216], 9216],
    ['classifier.4', [4096, 4096], 4096],
    ['classifier.6', [50, 4096], 4096],
  ];
  return shapes.flatMap(([layer, shape, fanIn], i) => {
    const gain = layer === 'classifier.6' ? 1 : 6;
    const count = shape.reduce((product, size) => product * size, 1);
    return [
      f32Tensor(`${layer}.weight`, shape, hashValues(2 * i, count, Math.fround(Math.sqrt(gain / fanIn)))),
      f32Tensor(`${layer}.bias`, [shape[0]!], hashValues(2 * i + 1, shape[0]!, Math.fround(Math.sqrt(1 / fanIn)))),
    ];
  });
}

/** max|a − b| / max|b|, as the reference's tolerances are meant. */
function error(found: readonly number[], expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / scale;
}

describe('.pth', () => {
  it('fills torchvision AlexNet strictly, whose logits are the reference', async () => {
    const tensors = fullAlexNet();
    const head = { weight: tensors.at(-2)!, bias: tensors.at(-1)! };
    const model = await writeSource(folder, 'alexnet.pth', pthSource(fullModelStateDict(tensors.slice(0, -2), head)));
    const input = await writeSource(folder, 'input.pth', pthSource([f32Tensor('x', [4, 3, 64, 64], hashValues(101, 4 * 3 * 64 * 64, 2))]));
    const printed = runTorch(
      `import sys, json, torch, torchvision
model = torchvision.models.alexnet(num_classes=50)
print(model.load_state_dict(torch.load(sys.argv[1], weights_only=True), strict=True), file=sys.stderr)
with torch.no_grad():
    print(json.dumps(model.eval()(torch.load(sys.argv[2], weights_only=True)["x"]).tolist()))`,
      [model, input],
    );
    const { cases } = readSharedJson<{ cases: { 64: { logits: number[][] } } }>('reference/full/expected.json');
    expect(error((JSON.parse(printed) as number[][]).flat(), cases['64'].logits.flat())).toBeLessThan(TOLERANCE);
  });

  it('has every dtype, value and shape in PyTorch', async () => {
    const tensors: NamedTensor[] = [
      { name: 'f64', dtype: 'F64', shape: [2], data: Float64Array.of(0.1, -1e300) },
      { name: 'f32', dtype: 'F32', shape: [1, 2], data: Float32Array.of(1.5, -0.25) },
      { name: 'f16', dtype: 'F16', shape: [2], data: Float32Array.of(65504, -0.5) },
      { name: 'bf16', dtype: 'BF16', shape: [], data: Float32Array.of(3.140625) },
      { name: 'i64', dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 53n)) },
      { name: 'i32', dtype: 'I32', shape: [1], data: Int32Array.of(-(2 ** 31)) },
      { name: 'i16', dtype: 'I16', shape: [1], data: Int16Array.of(-300) },
      { name: 'i8', dtype: 'I8', shape: [1], data: Int8Array.of(-128) },
      { name: 'u8', dtype: 'U8', shape: [3, 1], data: Uint8Array.of(0, 1, 255) },
      { name: 'bool', dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
      { name: 'empty', dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
      { name: 'ünïcode 漢', dtype: 'F32', shape: [1], data: Float32Array.of(7) },
    ];
    const printed = runTorch(
      `import sys, json, torch
loaded = torch.load(sys.argv[1], weights_only=True)
assert type(loaded).__name__ == "OrderedDict"
print(json.dumps([[k, str(v.dtype), list(v.shape), v.flatten().tolist()] for k, v in loaded.items()]))`,
      [await writeSource(folder, 'dtypes.pth', pthSource(tensors))],
    );
    const torchNames = ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool', 'float32', 'float32'];
    const expected = tensors.map(({ name, shape, data, dtype }, i) => [
      name,
      `torch.${torchNames[i]}`,
      shape,
      [...data].map((value) => (dtype === 'BOOL' ? Number(value) === 1 : Number(value))),
    ]);
    expect(JSON.parse(printed)).toEqual(expected);
  });

  it('carries the reference network through Python and gives its logits', async () => {
    const weights = readSafetensors(readShared('reference/small/weights_task1.safetensors'), 'weights').tensors;
    const inputs = readSafetensors(readShared('reference/small/inputs.safetensors'), 'inputs').tensors;
    const logits = readSafetensors(readShared('reference/small/forward_grad.safetensors'), 'logits').tensors.find(({ name }) => name === 'logits')!;
    const model = await writeSource(folder, 'small.pth', pthSource(weights.filter(({ name }) => !name.startsWith('head2'))));
    const input = await writeSource(folder, 'small-inputs.pth', pthSource(inputs.filter(({ name }) => name === 'task1/x')));
    const printed = runTorch(
      `import sys, json, torch
sys.path.insert(0, sys.argv[3])
from use_lab_files import build_alexnet
state = torch.load(sys.argv[1], weights_only=True)
model = build_alexnet(state, 5)
model.load_state_dict(state, strict=True)
with torch.no_grad():
    print(json.dumps(model.eval()(torch.load(sys.argv[2], weights_only=True)["task1/x"]).tolist()))`,
      [model, input, join(import.meta.dirname, '../../examples/pytorch')],
    );
    expect(error((JSON.parse(printed) as number[][]).flat(), Array.from(logits.data, Number))).toBeLessThan(TOLERANCE);
  });
});

describe('reg_params.pickle', () => {
  it('is read by plain pickle.load', async () => {
    const omega = f32Tensor('features.0.weight', [2, 1, 1, 2], Float32Array.of(0, 0.5, 1, 2));
    const anchor = f32Tensor('features.0.weight', [2, 1, 1, 2], Float32Array.of(-1, -2, -3, -4));
    const path = await writeSource(folder, 'reg_params.pickle', regParamsSource([{ name: 'features.0.weight', omega, anchor }]));
    const printed = runTorch(
      `import sys, json, pickle
with open(sys.argv[1], "rb") as file:
    loaded = pickle.load(file)
assert type(loaded) is dict
entry = loaded["features.0.weight"]
entry["omega"].add_(1)  # a tensor like any other: one can compute with it
print(json.dumps([list(loaded), {k: [str(v.dtype), list(v.shape), v.flatten().tolist(), v.is_contiguous()] for k, v in entry.items()}]))`,
      [path],
    );
    expect(JSON.parse(printed)).toEqual([
      ['features.0.weight'],
      {
        omega: ['torch.float32', [2, 1, 1, 2], [1, 1.5, 2, 3], true],
        init_val: ['torch.float32', [2, 1, 1, 2], [-1, -2, -3, -4], true],
      },
    ]);
  });
});
