import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DIALECT_IDS, type DialectId } from '../../src/core/dialects.ts';
import { deriveSeed } from '../../src/core/random.ts';
import { measureDialect, type DialectRequest } from '../../src/engine/importance/dialects.ts';
import { alexNet } from '../../src/engine/model/alexnet.ts';
import { initialHead, initialParams, type Params } from '../../src/engine/model/params.ts';
import { backboneParams, type ModelSpec } from '../../src/engine/model/spec.ts';
import { headParams } from '../../src/engine/network-state.ts';
import { BACKENDS, useBackend } from '../helpers/backends.ts';
import { normals, sizeOf } from '../helpers/numbers.ts';
import { expectClose } from '../helpers/reference.ts';
import { tapeFeatures, tapeGradients, tapeLogits } from '../helpers/tape.ts';

/** Reference tolerance of importances (reference README, section 4). */
const TOLERANCE = 5e-5;
const SEED = 17;

interface Case {
  readonly name: string;
  readonly model: ModelSpec;
  readonly images: number;
  readonly batchSize: number;
}

const PERCEPTRON: ModelSpec = {
  id: 'dialects-perceptron',
  input: { size: 6, channels: 1, mean: [0], std: [1] },
  layers: [
    { kind: 'flatten' },
    { kind: 'linear', name: 'hidden.0', inFeatures: 36, outFeatures: 16, relu: true },
    { kind: 'dropout', rate: 0.3 },
    { kind: 'linear', name: 'hidden.1', inFeatures: 16, outFeatures: 8, relu: true },
  ],
  features: 8,
  headName: 'head',
};

const CASES: readonly Case[] = [
  // 200 + 50 images: the authors' wrong weight of the past shows; 7 whole batches of 32 and a short one.
  { name: 'perceptron', model: PERCEPTRON, images: 250, batchSize: 32 },
  {
    name: 'narrow AlexNet',
    model: alexNet({ id: 'dialects', inputSize: 64, widths: [4, 6, 8, 6, 6], hidden: 12, stem: { kernel: 11, stride: 4, pad: 2 }, dropout: 0.5 }),
    images: 6, batchSize: 4,
  },
];

interface Subject {
  readonly backbone: Params;
  readonly heads: readonly Params[];
  readonly pixels: Float32Array;
}

function subject({ model, images }: Case): Subject {
  const { size, channels } = model.input;
  return {
    backbone: initialParams(backboneParams(model), 1),
    heads: [3, 4].map((classes, task) => initialHead(headParams(model, classes), 1, task)),
    pixels: normals([images, size, size, channels], 'dialects'),
  };
}

function images(model: ModelSpec, pixels: Float32Array, start: number, end: number): tf.Tensor4D {
  const { size, channels } = model.input;
  const area = sizeOf([size, size, channels]);
  return tf.tensor4d(pixels.slice(start * area, end * area), [end - start, size, size, channels]);
}

/** Start and end of each batch. */
function cuts(count: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [i * size, Math.min(count, (i + 1) * size)]);
}

/** The definitions in core/dialects.ts once more, image by image or batch by batch on the tape. */
async function expected(dialect: DialectId, test: Case, { backbone, heads, pixels }: Subject): Promise<Map<string, Float64Array>> {
  const { model, batchSize } = test;
  const head = heads[1]!;
  const absolute = async (start: number, end: number, dropoutSeed: number | null, params: Params, output: (features: tf.Tensor2D, params: Params) => tf.Tensor): Promise<Map<string, Float64Array>> => {
    const x = images(model, pixels, start, end);
    const gradients = await tapeGradients(params, (variables) => output(tapeFeatures(model, variables, x, dropoutSeed), variables) as tf.Scalar);
    x.dispose();
    return new Map([...gradients].map(([name, values]) => [name, Float64Array.from(values, Math.abs)]));
  };
  const sum = new Map<string, Float64Array>();
  const include = (parts: Map<string, Float64Array>, keep: number, factor: number, divisor: number): void => {
    for (const [name, values] of parts) sum.set(name, values.map((value, i) => ((sum.get(name)?.[i] ?? 0) * keep + value * factor) / divisor));
  };
  switch (dialect) {
    case 'paper':
      for (let k = 0; k < test.images; k++) {
        include(await absolute(k, k + 1, null, backbone, (features) => tf.sum(tf.square(tapeLogits(features, head)))), 1, 1 / test.images, 1);
      }
      return sum;
    case 'authors':
      for (const [index, [start, end]] of cuts(test.images, 200).entries()) {
        const count = end - start;
        include(await absolute(start, end, null, backbone, (features) => tf.sum(tf.square(tapeLogits(features, head)))), index * count, 1, (index + 1) * count);
      }
      return sum;
    case 'avalanche': {
      const batches = cuts(test.images, batchSize);
      for (const [index, [start, end]] of batches.entries()) {
        const all = new Map([...backbone, ...head]);
        const output = (features: tf.Tensor2D, variables: Params): tf.Tensor => tf.mean(tf.pow(tf.norm(tapeLogits(features, variables), 2, 1), 2));
        include(await absolute(start, end, deriveSeed(SEED, 'dialect', index), all, output), 1, 1, 1);
      }
      for (const [name, values] of sum) sum.set(name, values.map((value) => value / batches.length));
      return sum;
    }
    case 'facil': {
      const batches = cuts(test.images, batchSize).slice(0, Math.floor(test.images / batchSize));
      for (const [index, [start, end]] of batches.entries()) {
        const output = (features: tf.Tensor2D): tf.Tensor => tf.mean(tf.norm(tf.concat(heads.map((one) => tapeLogits(features, one)), 1), 2, 1));
        include(await absolute(start, end, deriveSeed(SEED, 'dialect', index), backbone, output), 1, end - start, 1);
      }
      for (const [name, values] of sum) sum.set(name, values.map((value) => value / (batches.length * batchSize)));
      return sum;
    }
  }
}

function request({ model, images: count, batchSize }: Case, { backbone, heads, pixels }: Subject): DialectRequest {
  return {
    model, backbone, heads, batchSize, images: count, seed: SEED,
    trained: new Set(backbone.keys()),
    batches: (size) => cuts(count, size).map(([start, end]) => ({ x: images(model, pixels, start, end), labels: new Int32Array(end - start) })),
  };
}

describe.each(CASES)('dialects of MAS on a $name', (test) => {
  const wanted = new Map<DialectId, Map<string, Float64Array>>();

  // On the plain CPU backend: it has every stock gradient.
  beforeAll(async () => {
    await useBackend('cpu');
    const own = subject(test);
    for (const dialect of DIALECT_IDS) wanted.set(dialect, await expected(dialect, test, own));
  });

  describe.each(BACKENDS)('on %s', (backend) => {
    beforeAll(() => useBackend(backend));

    it.each(DIALECT_IDS)('%s is its definition', async (dialect) => {
      const own = subject(test);
      const before = tf.memory().numTensors;
      const omega = await measureDialect(dialect, request(test, own));
      expect(tf.memory().numTensors - before).toBe(omega.size);
      expect([...omega.keys()].sort()).toEqual([...wanted.get(dialect)!.keys()].sort());
      for (const [name, values] of omega) expectClose(`${dialect} ${name}`, await values.data(), wanted.get(dialect)!.get(name)!, TOLERANCE);
    });
  });

  it('they differ from each other by far more than that', () => {
    for (const [first, a] of wanted) {
      for (const [second, b] of wanted) {
        if (first === second) continue;
        const name = [...a.keys()][0]!;
        expect(() => expectClose('', a.get(name)!, b.get(name)!, 100 * TOLERANCE)).toThrow();
      }
    }
  });
});

it('no images are refused', async () => {
  await useBackend('cpu');
  const [test] = CASES;
  const own = subject({ ...test!, images: 1 });
  for (const dialect of DIALECT_IDS) {
    await expect(measureDialect(dialect, { ...request({ ...test!, images: 0 }, own) })).rejects.toMatchObject({ code: 'importance-empty' });
  }
});
