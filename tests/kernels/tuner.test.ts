/** Tiles by measurement: whichever is chosen, the numbers are the same; what is chosen is the fastest; and nothing it does can hurt a run. */
import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { matMul } from '../../src/kernels/ops.ts';
import { alternativePlans, tilingName } from '../../src/kernels/webgpu/gemm-plan.ts';
import { usedProduct, writtenProduct, type GemmProduct } from '../../src/kernels/webgpu/gemm-product.ts';
import { matrixOperand } from '../../src/kernels/webgpu/mat-mul.ts';
import { ProductBench } from '../../src/kernels/webgpu/product-bench.ts';
import { updateOf } from '../../src/kernels/webgpu/sgd-update.ts';
import { collectProducts, planFor } from '../../src/kernels/webgpu/tile-plans.ts';
import { TileTuner } from '../../src/kernels/webgpu/tuner.ts';
import { useBackend } from '../helpers/backends.ts';
import { normals } from '../helpers/numbers.ts';

let backend: WebGPUBackend;
let device: GPUDevice;

beforeAll(async () => {
  await useBackend('webgpu');
  backend = tf.backend() as WebGPUBackend;
  ({ device } = backend);
});

const onward = (): boolean => true;

/** A matrix nobody reads: products ask for its shape alone. */
function matrix(rows: number, columns: number): tf.TensorInfo {
  return { dataId: {}, shape: [rows, columns], dtype: 'float32' };
}

function alternativesOf({ usual, rows, columns, depth, folds }: GemmProduct): ReturnType<typeof alternativePlans> {
  return alternativePlans(usual, rows, columns, depth, folds);
}

async function expectSameBits(product: GemmProduct): Promise<void> {
  const bench = await ProductBench.open(device, product);
  try {
    const digests = new Map<string, string>();
    for (const plan of [product.usual, ...alternativesOf(product)]) {
      expect(await bench.prepare(plan), tilingName(plan)).toBe(true);
      digests.set(tilingName(plan), await bench.digest(plan));
    }
    expect(new Set(digests.values()).size, JSON.stringify([...digests])).toBe(1);
  } finally {
    bench.close();
  }
}

const outer = fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(127, 129, 257));

describe('every alternative plan gives the same bits', () => {
  it('of sums, with and without slices, bias and ReLU', async () => {
    await fc.assert(
      fc.asyncProperty(outer, outer, fc.constantFrom(1, 7, 31, 257, 1100), fc.boolean(), async (rows, columns, depth, relu) => {
        await expectSameBits(
          writtenProduct({ rows, columns, depth, a: matrixOperand(matrix(rows, depth), 'depth', 'rows'), b: matrixOperand(matrix(depth, columns), 'outer', 'columns'), bias: matrix(1, columns), relu }),
        );
      }),
      { numRuns: 4, seed: 8 },
    );
  });

  it('of folded sums', async () => {
    await fc.assert(
      fc.asyncProperty(outer, outer, fc.integer({ min: 2, max: 9 }), fc.constantFrom(2, 9, 49, 169), fc.constantFrom('abs', 'square'), async (rows, columns, count, depth, fold) => {
        const whole = count * depth;
        await expectSameBits(
          writtenProduct({ rows, columns, depth: whole, a: matrixOperand(matrix(whole, rows), 'outer', 'rows'), b: matrixOperand(matrix(whole, columns), 'outer', 'columns'), folding: { fold: fold as 'abs' | 'square', count, depth } }),
        );
      }),
      { numRuns: 4, seed: 8 },
    );
  });

  it('of what an update leaves in weights and momentum', async () => {
    await fc.assert(
      fc.asyncProperty(outer, outer, fc.constantFrom(1, 33, 64), fc.constantFrom('gradient', 'proximal'), async (rows, columns, depth, penaltyStep) => {
        const element = columns % 4 === 0 ? 'vec4<f32>' : 'f32';
        const [x, dy] = [matrix(depth, rows), matrix(depth, columns)];
        const [theta, velocity, omega, anchor] = [matrix(rows, columns), matrix(rows, columns), matrix(rows, columns), matrix(rows, columns)];
        const options = { learningRate: 0.01, momentum: 0.9, weightDecay: 0.001, lambda: 0.7, penaltyStep };
        await expectSameBits(
          usedProduct(
            { rows, columns, depth, a: matrixOperand(x, 'outer', 'rows'), b: matrixOperand(dy, 'outer', 'columns') },
            updateOf(element, { theta, velocity, omega, anchor }, options, [x, dy]),
          ),
        );
      }),
      { numRuns: 3, seed: 8 },
    );
  });
});

describe('measuring', () => {
  /** Work enough to be worth it, in slices, with rows, columns and depth that no tile divides. */
  const SHAPE = [67, 1100, 37] as const;
  /** Compiling takes its time on a GPU that is a program, on no fake clock. */
  const PLENTY = 60_000;
  /** Tiles of the program that ran last. */
  let running = '';
  /** Milliseconds, moved by {@link fakeClock} alone. */
  let clock = 0;

  const product = (): GemmProduct =>
    writtenProduct({ rows: SHAPE[0], columns: SHAPE[2], depth: SHAPE[1], a: matrixOperand(matrix(SHAPE[0], SHAPE[1]), 'depth', 'rows'), b: matrixOperand(matrix(SHAPE[1], SHAPE[2]), 'outer', 'columns') });

  /** Lets submissions take what `msOf` says of the tiles that ran, on the clock that the tuner sees. @returns what undoes it */
  function fakeClock(msOf: (tiles: string) => number): () => void {
    const { setPipeline } = GPUComputePassEncoder.prototype;
    GPUComputePassEncoder.prototype.setPipeline = function (pipeline) {
      running = pipeline.label.split(' ').at(-1)!;
      return setPipeline.call(this, pipeline);
    };
    const done = device.queue.onSubmittedWorkDone.bind(device.queue);
    Object.defineProperty(device.queue, 'onSubmittedWorkDone', {
      configurable: true,
      value: async () => {
        clock += msOf(running);
        return done();
      },
    });
    return () => {
      GPUComputePassEncoder.prototype.setPipeline = setPipeline;
      Reflect.deleteProperty(device.queue, 'onSubmittedWorkDone');
    };
  }

  async function withClock<Result>(msOf: (tiles: string) => number, work: () => Promise<Result>): Promise<Result> {
    const undo = fakeClock(msOf);
    try {
      return await work();
    } finally {
      undo();
    }
  }

  function multiply(): Promise<Float32Array> {
    const [rows, depth, columns] = SHAPE;
    const y = tf.tidy(() => matMul(tf.tensor2d(normals([rows, depth], 'a'), [rows, depth]), tf.tensor2d(normals([depth, columns], 'b'), [depth, columns])));
    return y.data().finally(() => y.dispose()) as Promise<Float32Array>;
  }

  beforeEach(() => {
    clock = 0;
    running = '';
  });

  it('chooses what is fastest, keeps the numbers, and says so', async () => {
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    const before = await multiply();
    const { usual } = product();
    const fast = tilingName(alternativesOf(product())[2]!);
    expect(tuner.plans.waiting.map(({ key }) => key)).toEqual([product().key]);
    expect(await withClock((tiles) => (tiles === fast ? 3 : 4), () => tuner.measure(onward))).toBe(true);
    expect(tilingName(planFor(device, product()))).toBe(fast);
    expect(await multiply()).toEqual(before);
    expect(tuner.report.measured).toMatchObject([{ product: product().key, tiles: fast, usualTiles: tilingName(usual), ms: 3, usualMs: 4 }]);
    expect(tuner.report.elapsedMs).toBe(clock);
    // Known now: nothing is left to measure.
    expect(await tuner.measure(onward)).toBe(false);
  });

  it('stays with the usual plan for a gain that may be noise', async () => {
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    await multiply();
    await withClock((tiles) => (tiles === tilingName(product().usual) ? 4 : 3.9), () => tuner.measure(onward));
    expect(tuner.report.measured).toMatchObject([{ tiles: tilingName(product().usual), ms: 4, usualMs: 4 }]);
  });

  it('takes over what was measured before, unless the kernels have changed since', async () => {
    const first = new TileTuner(backend, () => clock, PLENTY);
    await multiply();
    const fast = tilingName(alternativesOf(product())[1]!);
    await withClock((tiles) => (tiles === fast ? 3 : 4), () => first.measure(onward));
    const kept = structuredClone(first.report.measured);

    const same = collectProducts(device);
    same.restore(kept);
    expect(tilingName(planFor(device, product()))).toBe(fast);
    expect(same.hasUnmeasured).toBe(false);

    for (const stale of [{ sourceHash: '0' }, { tiles: '128x128x64/4' }]) {
      const other = collectProducts(device);
      other.restore(kept.map((one) => ({ ...one, ...stale })));
      expect(planFor(device, product())).toEqual(product().usual);
      expect(other.hasUnmeasured).toBe(true);
    }
  });

  it('never chooses a plan whose numbers differ in a bit', async () => {
    const honest = product();
    const fast = alternativesOf(honest)[0]!;
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    tuner.plans.planFor({
      ...honest,
      program: (plan) => {
        const program = honest.program(plan);
        if (tilingName(plan) !== tilingName(fast)) return program;
        // As if a compiler had rounded one element's sum another way.
        const source = program.source().replace('var finished = value;', 'var finished = bitcast<vec4<f32>>(bitcast<vec4<u32>>(value) ^ vec4<u32>(select(0u, 1u, row == 3u && column == 4u)));');
        return { ...program, key: `altered ${tilingName(plan)}`, source: () => source };
      },
    });
    await withClock((tiles) => (tiles === tilingName(fast) ? 1 : 4), () => tuner.measure(onward));
    expect(tuner.report.measured).toMatchObject([{ tiles: tilingName(honest.usual) }]);
  });

  it('passes over a candidate that takes too long to compile', async () => {
    const tuner = new TileTuner(backend, () => clock, 8000);
    await multiply();
    const [slow, fast] = alternativesOf(product()).map(tilingName);
    const compile = device.createComputePipelineAsync.bind(device);
    Object.defineProperty(device, 'createComputePipelineAsync', {
      configurable: true,
      value: (descriptor: GPUComputePipelineDescriptor) => (descriptor.label!.endsWith(` ${slow}`) ? new Promise(() => undefined) : compile(descriptor)),
    });
    try {
      await withClock((tiles) => (tiles === fast ? 3 : 4), () => tuner.measure(onward));
    } finally {
      Reflect.deleteProperty(device, 'createComputePipelineAsync');
    }
    expect(tuner.report.measured).toMatchObject([{ tiles: fast }]);
  });

  it('ends at once while programs compile', async () => {
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    await multiply();
    Object.defineProperty(device, 'createComputePipelineAsync', { configurable: true, value: () => new Promise(() => undefined) });
    const started = performance.now();
    try {
      await tuner.measure(() => performance.now() < started + 100);
    } finally {
      Reflect.deleteProperty(device, 'createComputePipelineAsync');
    }
    expect(performance.now() - started).toBeLessThan(5000);
    expect(tuner.report.measured).toEqual([]);
    expect(tuner.plans.hasUnmeasured).toBe(true);
  });

  it('ends between two submissions when it is told to, leaves nothing behind, and can go on later', async () => {
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    await multiply();
    const made: GPUBuffer[] = [];
    const create = device.createBuffer.bind(device);
    let destroyed = 0;
    Object.defineProperty(device, 'createBuffer', {
      configurable: true,
      value: (descriptor: GPUBufferDescriptor) => {
        const buffer = create(descriptor);
        if ((descriptor.usage & GPUBufferUsage.UNIFORM) !== 0) return buffer;
        made.push(buffer);
        const destroy = buffer.destroy.bind(buffer);
        Object.defineProperty(buffer, 'destroy', { value: () => { destroyed++; destroy(); } });
        return buffer;
      },
    });
    try {
      for (const submissions of [0, 2, 5]) {
        let submitted = 0;
        await withClock(() => (submitted++, 4), () => tuner.measure(() => submitted < submissions));
        expect(submitted).toBe(Math.max(1, submissions));
        expect(tuner.report.measured).toEqual([]);
        expect(tuner.plans.hasUnmeasured).toBe(true);
        expect(destroyed).toBe(made.length);
      }
    } finally {
      Reflect.deleteProperty(device, 'createBuffer');
    }
    await withClock(() => 4, () => tuner.measure(onward));
    expect(tuner.report.measured).toHaveLength(1);
  });

  it('takes no more than its time, until it is given more', async () => {
    const tuner = new TileTuner(backend, () => clock, 20_000);
    await multiply();
    await withClock(() => 7000, () => tuner.measure(onward));
    expect(tuner.report.measured).toEqual([]);
    // One submission past the end at most.
    expect(clock).toBeLessThan(20_000 + 7000);
    await withClock(() => 4, () => tuner.measure(onward));
    expect(tuner.report.measured).toEqual([]);
    tuner.refill();
    await withClock(() => 4, () => tuner.measure(onward));
    expect(tuner.report.measured).toHaveLength(1);
  });

  it('after an error leaves every product as it was', async () => {
    const tuner = new TileTuner(backend, () => clock, PLENTY);
    const before = await multiply();
    // A buffer that is bound and has no size.
    tuner.plans.planFor({ ...product(), key: 'impossible', rows: 1e6, sizes: () => [1, 0, 1] });
    await expect(tuner.measure(onward)).rejects.toThrow();
    expect(tuner.report.measured).toEqual([]);
    expect(planFor(device, product())).toEqual(product().usual);
    expect(await tuner.measure(onward)).toBe(false);
    expect(await multiply()).toEqual(before);
  });
});
