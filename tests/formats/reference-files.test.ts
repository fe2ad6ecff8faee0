/** Every file of `../shared/reference/formats` gives exactly what its `expect.json` says. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { bytesOf, toFloat32 } from '../../src/formats/named-tensors.ts';
import { loadRegParams } from '../../src/formats/reg-params-read.ts';
import { loadStateDict } from '../../src/formats/state-dict.ts';
import { readWeightFile } from '../../src/formats/weight-file.ts';
import { readShared, sharedPath } from '../helpers/shared.ts';
import { ALLOWED, expectedTensors, FILES, files, TORCH_NAME, wantedHashes, type ExpectedFile } from './expected-files.ts';

function refused(work: () => unknown): LabError {
  try {
    work();
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

function sha256(values: Float32Array): string {
  return createHash('sha256').update(bytesOf(values)).digest('hex');
}

function load(name: string, expected: ExpectedFile): { sha256: Map<string, string>; namesInferred: boolean } {
  const file = readWeightFile(readShared(`reference/formats/${name}`), name);
  const tensors = expectedTensors(expected.model ?? 'NANO');
  if (expected.container !== 'pickle') {
    const weights = loadStateDict(file, tensors, name);
    return { sha256: new Map([...weights].map(([key, values]) => [key, sha256(values)])), namesInferred: false };
  }
  const { omega, anchor, namesInferred } = loadRegParams(file, tensors, name);
  const both = [...omega].map(([key, values]): [string, string] => [`${key}/omega`, sha256(values)]);
  for (const [key, values] of anchor) both.push([`${key}/init_val`, sha256(values)]);
  return { sha256: new Map(both), namesInferred };
}

describe('reading the container', () => {
  it('knows every file of the folder', () => {
    const present = readdirSync(sharedPath('reference/formats')).filter((name) => name !== 'expect.json');
    expect(FILES.map(([name]) => name).sort()).toEqual(present.sort());
  });

  it.each(FILES.filter(([, file]) => file.parse === 'accept'))('%s is accepted with the same values', (name, expected) => {
    const { container, tensors } = readWeightFile(readShared(`reference/formats/${name}`), name);
    expect(container).toBe(expected.container);
    const found = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    expect(found.size).toBe(tensors.length);
    if (expected.tensors === undefined) return;
    for (const [key, { dtype, shape, sha256_f32, first }] of Object.entries(expected.tensors)) {
      const tensor = found.get(key)!;
      expect(tensor, key).toBeDefined();
      expect([key, TORCH_NAME[tensor.dtype], tensor.shape]).toEqual([key, dtype, shape]);
      if (sha256_f32 !== undefined) expect(sha256(toFloat32(tensor)), key).toBe(sha256_f32);
      expect(Array.from(tensor.data.slice(0, 4), Number), key).toEqual(first.map(Number));
    }
    // A checkpoint holds an optimizer's tensors too; everything else is listed in full.
    const listed = new Set(Object.keys(expected.tensors));
    const others = [...found.keys()].filter((key) => !listed.has(key));
    expect(others.filter((key) => !/^(optimizer_state_dict\/|epoch_accuracy$)/.test(key))).toEqual([]);
  });

  it.each(FILES.filter(([, file]) => file.parse !== 'accept'))('%s is refused with its code', (name, expected) => {
    const error = refused(() => readWeightFile(readShared(`reference/formats/${name}`), name));
    expect(error.code).toBe(expected.error);
    expect(error.message.startsWith(`${name}: `)).toBe(true);
    if (expected.forbidden !== undefined) expect(error.message).toContain(expected.forbidden);
    expect(error.hint).not.toBe('');
  });
});

describe('loading into the model', () => {
  it.each(FILES.filter(([, file]) => file.load === 'accept' || file.load === 'accept-by-position'))('%s is taken', (name, expected) => {
    const loaded = load(name, expected);
    expect(loaded.namesInferred).toBe(expected.load === 'accept-by-position');
    expect(Object.fromEntries(loaded.sha256)).toEqual(wantedHashes(expected));
  });

  it.each(FILES.filter(([, file]) => file.load === 'reject'))('%s is refused with its code', (name, expected) => {
    expect(refused(() => load(name, expected)).code).toBe(expected.error);
  });

  it('names every tensor concerned', () => {
    const message = (name: string): string => refused(() => load(name, files[name]!)).message;
    expect(message('nan_weights.pth')).toBe(
      'nan_weights.pth: values that are not finite in features.3.bias (1 of 3, the first at 1), classifier.4.weight (1 of 36, the first at 15).',
    );
    expect(message('wrong_shape.pth')).toContain('classifier.1.weight is [6, 71], expected [6, 72]');
    expect(message('missing_key.pth')).toContain('features.6.bias [4] is missing');
    expect(message('extra_key.pth')).toContain('features.99.weight [2] is not part of the model');
    for (const name of ['reg_negative_omega.pickle', 'reg_nan_omega.pickle', 'reg_wrong_shape.pickle']) {
      expect(message(name)).toContain('classifier.1.weight');
    }
  });
});

describe('the allow-list', () => {
  const pickled = (module: string, name: string): Uint8Array => new TextEncoder().encode(`c${module}\n${name}\n.`);

  it('takes every global of expect.json, by its whole pair', () => {
    for (const path of ALLOWED) {
      const dot = path.lastIndexOf('.');
      const file = readWeightFile(pickled(path.slice(0, dot), path.slice(dot + 1)), 'x');
      expect(file.tensors).toEqual([]);
    }
  });

  it('takes no other split of the same dotted path', () => {
    for (const path of ALLOWED) {
      const parts = path.split('.');
      for (let cut = 1; cut < parts.length - 1; cut++) {
        const bytes = pickled(parts.slice(0, cut).join('.'), parts.slice(cut).join('.'));
        expect(refused(() => readWeightFile(bytes, 'x')).code).toBe('UNSAFE_GLOBAL');
      }
    }
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'get', 'size'])('takes no property of its own tables: %s', (name) => {
    for (const bytes of [pickled('torch', name), pickled(name, 'encode'), pickled('collections', name)]) {
      expect(refused(() => readWeightFile(bytes, 'x')).code).toBe('UNSAFE_GLOBAL');
    }
  });
});

it('pollutes no prototype', () => {
  readWeightFile(readShared('reference/formats/st_proto_key.safetensors'), 'x');
  // {"__proto__": {"polluted": True}}, pickled.
  readWeightFile(new TextEncoder().encode("(dS'__proto__'\n(dS'polluted'\nI01\nss."), 'x');
  expect('polluted' in {}).toBe(false);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
