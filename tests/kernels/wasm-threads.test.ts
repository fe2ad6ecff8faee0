import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  anchorPenalty,
  assembleBatch,
  conv2d,
  conv2dFilterGrad,
  conv2dInputGrad,
  dense,
  dropout,
  matMul,
  maxPool,
  maxPoolGrad,
  reluGrad,
  sgdUpdate,
} from '../../src/kernels/ops.ts';
import { createKernelPool } from '../../src/kernels/wasm/pool.ts';
import { startNodeBackend } from '../../src/platform/node/backend.ts';
import { spawnNodeThread } from '../../src/platform/node/kernel-thread.ts';
import { integers, normals, type Shape4D, tensor4d } from '../helpers/numbers.ts';

/** Every kernel that threads share, at sizes where they do, and not divided evenly among three. */
const LARGE: Readonly<Record<string, () => tf.Tensor>> = {
  conv2d: () => {
    const [x, w] = images();
    return conv2d(x, w, tf.tensor1d(normals([35], 'bias')), { stride: 1, pad: 1 }, true);
  },
  conv2dInputGrad: () => {
    const [x, w, dy] = images();
    return conv2dInputGrad(dy, w, x.shape, { stride: 1, pad: 1 });
  },
  'conv2dFilterGrad, sum': () => {
    const [x, w, dy] = images();
    return conv2dFilterGrad(x, dy, w.shape, { stride: 1, pad: 1 }, 'sum');
  },
  'conv2dFilterGrad, abs': () => {
    const [x, w, dy] = images();
    return conv2dFilterGrad(x, dy, w.shape, { stride: 1, pad: 1 }, 'abs');
  },
  'conv2d, channels in eights': () => {
    const [x, w] = images(16, 40);
    return conv2d(x, w, tf.tensor1d(normals([40], 'bias')), { stride: 1, pad: 1 }, true);
  },
  'conv2dInputGrad, channels in eights': () => {
    const [x, w, dy] = images(16, 40);
    return conv2dInputGrad(dy, w, x.shape, { stride: 1, pad: 1 });
  },
  'conv2dFilterGrad, sum, channels in eights': () => {
    const [x, w, dy] = images(16, 40);
    return conv2dFilterGrad(x, dy, w.shape, { stride: 1, pad: 1 }, 'sum');
  },
  'conv2dFilterGrad, abs, 5x5, channels in eights': () => {
    const [x, w, dy] = images(16, 40, 5);
    return conv2dFilterGrad(x, dy, w.shape, { stride: 1, pad: 2 }, 'abs');
  },
  dense: () => dense(matrix([37, 211], 'x'), matrix([211, 149], 'w'), tf.tensor1d(normals([149], 'bias')), true),
  'matMul, transposeA': () => matMul(matrix([37, 211], 'a'), matrix([37, 149], 'b'), true, false),
  'matMul, transposeB': () => matMul(matrix([37, 211], 'a'), matrix([149, 211], 'b'), false, true),
  maxPool: () => maxPool(pooled().x, 3, 2),
  maxPoolGrad: () => {
    const { x, y, dy } = pooled();
    return maxPoolGrad(dy, x, y, 3, 2, true);
  },
  reluGrad: () => reluGrad(tf.tensor1d(normals([700_001], 'dy')), tf.tensor1d(normals([700_001], 'y'))),
  dropout: () => dropout(tf.tensor1d(normals([700_001], 'x')), 0.5, 9),
  anchorPenalty: () => anchorPenalty(vector('theta'), vector('anchor'), tf.abs(vector('omega'))),
  sgdUpdate: () => {
    const theta = vector('theta');
    const tensors = { theta, velocity: vector('velocity'), grad: vector('grad'), omega: tf.abs(vector('omega')), anchor: vector('anchor') };
    sgdUpdate(tensors, { learningRate: 0.1, momentum: 0.9, weightDecay: 0, lambda: 2, penaltyStep: 'proximal' });
    return tf.concat([theta, tensors.velocity]);
  },
  assembleBatch: () => {
    const shape: Shape4D = [7, 160, 160, 3];
    const bytes = Uint8Array.from({ length: 7 * 50 * 50 * 3 }, (_, i) => i % 251);
    return assembleBatch({ bytes, storedSide: 50, shape, mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] });
  },
};

function images(channels = 17, channelsOut = 35, filter = 3): [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D] {
  const x: Shape4D = [7, 13, 11, channels];
  const w: Shape4D = [filter, filter, channels, channelsOut];
  const y: Shape4D = [7, 13, 11, channelsOut];
  return [tensor4d(normals(x, 'x'), x), tensor4d(normals(w, 'w'), w), tensor4d(normals(y, 'dy'), y)];
}

function pooled(): { x: tf.Tensor4D; y: tf.Tensor4D; dy: tf.Tensor4D } {
  const shape: Shape4D = [7, 41, 43, 33];
  const x = tensor4d(integers(shape, 3, 'x'), shape);
  const y = maxPool(x, 3, 2);
  return { x, y, dy: tensor4d(normals(y.shape, 'dy'), y.shape) };
}

function matrix(shape: [number, number], label: string): tf.Tensor2D {
  return tf.tensor2d(normals(shape, label), shape);
}

function vector(label: string): tf.Tensor1D {
  return tf.tensor1d(normals([300_007], label));
}

describe('wasm kernels on several threads', () => {
  it('give the results of one thread, bit for bit, every time', async () => {
    expect((await startNodeBackend('wasm', 1)).threads).toBe(1);
    const expected = await results();
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory);
    expect((await startNodeBackend('wasm', 3)).threads).toBe(3);
    for (let round = 0; round < 3; round++) {
      const found = await results();
      for (const name of Object.keys(LARGE)) expectSameBits(found[name]!, expected[name]!, `${name}, round ${round}`);
    }
  });
});

/** Not toEqual, which takes minutes over a million elements. */
function expectSameBits(found: Uint32Array, expected: Uint32Array, what: string): void {
  expect(found.length, what).toBe(expected.length);
  const different = found.findIndex((bits, i) => bits !== expected[i]);
  expect(different, `${what}: first difference at`).toBe(-1);
}

async function results(): Promise<Record<string, Uint32Array>> {
  const bits: Record<string, Uint32Array> = {};
  for (const [name, compute] of Object.entries(LARGE)) {
    const result = tf.tidy(compute);
    bits[name] = new Uint32Array(Float32Array.from(await result.data()).buffer);
    result.dispose();
  }
  return bits;
}

describe('the pool of kernel threads', () => {
  it('throws when a kernel fails on another thread, and goes on', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = await WebAssembly.compile(failsOutsideMemory());
    const pool = await createKernelPool(spawnNodeThread, 2, { module, memory, control: 0 });
    // Slow on this thread, so that the other takes a part.
    expect(() => pool.run('product', 70_000, 2, slow)).toThrow('product failed on another thread');
    expect(() => pool.run('product', 4, 2, slow)).not.toThrow();
    pool.dispose();
  });

  it('does every part of every call once, by whichever thread has time', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const counts = new Int32Array(memory.buffer, 1024, 256);
    const module = await WebAssembly.compile(countsParts());
    const pool = await createKernelPool(spawnNodeThread, 3, { module, memory, control: 0 });
    for (let call = 1; call <= 3000; call++) {
      const parts = 1 + (call % 7);
      const before = counts.slice(0, parts);
      pool.run('product', 1024, parts, (job, part) => void Atomics.add(counts, (job - 1024) / 4 + part, 1));
      expect(counts.slice(0, parts), `call ${call}`).toEqual(before.map((count) => count + 1));
    }
    pool.dispose();
  });

  it('throws what the kernel threw on the calling thread once all parts are done, and goes on', async () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = await WebAssembly.compile(countsParts());
    const pool = await createKernelPool(spawnNodeThread, 2, { module, memory, control: 0 });
    let called = 0;
    for (let call = 0; call < 200; call++) {
      // The other thread may be quick enough to take all parts of a call.
      let mine = false;
      const run = (): void => pool.run('product', 1024, 200, () => {
        mine = true;
        throw new Error('out of bounds');
      });
      let found = '';
      try {
        run();
      } catch (error) {
        found = String(error);
      }
      expect(found, `call ${call}`).toBe(mine ? 'Error: out of bounds' : '');
      if (mine) called += 1;
    }
    expect(called).toBeGreaterThan(0);
    const counts = new Int32Array(memory.buffer, 1024, 256).fill(0);
    pool.run('product', 1024, 200, (job, part) => void Atomics.add(counts, (job - 1024) / 4 + part, 1));
    expect([...counts.subarray(0, 200)]).toEqual(new Array(200).fill(1));
    pool.dispose();
  });
});

function slow(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}

/** A module whose kernel `product(job, part, parts)` reads the word at `job`. */
function failsOutsideMemory(): Uint8Array<ArrayBuffer> {
  return kernelModule([0, 0x20, 0, 0x28, 2, 0, 0x1a, 0x0b]);
}

/** A module whose kernel `product(job, part, parts)` adds one, in one step, to the word at job + 4·part. */
function countsParts(): Uint8Array<ArrayBuffer> {
  return kernelModule([0, 0x20, 0, 0x20, 1, 0x41, 2, 0x74, 0x6a, 0x41, 1, 0xfe, 0x1e, 2, 0, 0x1a, 0x0b]);
}

/** A module on the shared memory, whose one export is `product` with this body. */
function kernelModule(body: readonly number[]): Uint8Array<ArrayBuffer> {
  const name = [...new TextEncoder().encode('product')];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, 7, 1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0],
    ...[2, 16, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 3, 1, 1],
    ...[3, 2, 1, 0],
    ...[7, name.length + 4, 1, name.length, ...name, 0, 0],
    ...[10, body.length + 2, 1, body.length, ...body],
  ]);
}
