/** The lab's side of the benchmarks in Node: a network, a batch, a trainer, on one backend. */
import * as tf from '@tensorflow/tfjs-core';
import { DEFAULT_CONFIG, type ModelId, type RunConfig } from '../../src/core/config.ts';
import { createRandom } from '../../src/core/random.ts';
import { createMethod } from '../../src/engine/methods/registry.ts';
import type { Method } from '../../src/engine/methods/method.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { trainableParams, type ModelSpec } from '../../src/engine/model/spec.ts';
import { addHead, createNetwork, type NetworkState } from '../../src/engine/network-state.ts';
import { Trainer, type TrainingBatch } from '../../src/engine/trainer.ts';
import { startNodeBackend, type BackendInfo } from '../../src/platform/node/backend.ts';

/** What a step is timed with on a GPU. */
export const GPU_CASES = (['alexnet-64', 'alexnet-224'] as const).flatMap((model) => [8, 64].map((batchSize) => ({ model, batchSize })));

/** Classes of the one head. */
const CLASSES = 5;

export interface Subject {
  readonly model: ModelSpec;
  readonly config: RunConfig;
  readonly network: NetworkState;
  readonly trained: ReadonlySet<string>;
  readonly method: Method;
  readonly trainer: Trainer;
  readonly batch: TrainingBatch;
  /** NHWC values of the batch, for peers. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

export interface Device {
  /** The device and the kernels, for a row. */
  readonly adapter: string;
  readonly threads: number;
  /** Whether it is WebGPU on a program instead of a GPU. */
  readonly software: boolean;
  /** Computes something once and, where this device's tiles are measured, measures those it needs, as a run does before long. */
  tune(work: () => Promise<unknown>): Promise<void>;
}

/** WebGPU on a GPU. @returns null where its adapter is a program, whose times say nothing of GPUs */
export async function useGpu(): Promise<Device | null> {
  const device = await useBackend('webgpu');
  return device.software ? null : device;
}

/** wasm in an instance of its own, for threads are chosen once for each; all threads unless it is said how many. Tensors of the one before are gone. */
export async function useWasm(threads?: number): Promise<Device> {
  forgetWasm();
  return describe(await startNodeBackend('wasm', threads));
}

/** Ends the instance of wasm that there is, and lets another begin. */
function forgetWasm(): void {
  const factory = tf.findBackendFactory('wasm');
  if (!factory) return;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory);
}

export async function useBackend(name: 'wasm' | 'webgpu'): Promise<Device> {
  return describe(await startNodeBackend(name));
}

function describe(info: BackendInfo): Device {
  const threads = info.threads === 1 ? '1 thread' : `${info.threads} threads`;
  return {
    adapter: [`${info.name} in Node`, info.adapter, info.kernels, threads].filter(Boolean).join(', '),
    threads: info.threads,
    software: info.software ?? false,
    tune: async (work) => {
      await work();
      info.tuning?.refill();
      await info.tuning?.measure(() => true);
    },
  };
}

/** A fresh network with one head and one fixed batch of noise. Dropout is off, so that peers compute the same. */
export function createSubject(id: ModelId, batchSize: number, change: Partial<RunConfig> = {}): Subject {
  const model = modelSpec(id, 0);
  const config: RunConfig = { ...DEFAULT_CONFIG, model: id, batchSize, method: 'finetune', lambda: 0, ...change };
  const network = createNetwork(model, 1);
  addHead(network, CLASSES, 1);
  const random = createRandom(1, 'bench');
  const { size, channels } = model.input;
  const pixels = Float32Array.from({ length: batchSize * size * size * channels }, () => random.uniform() * 4 - 2);
  const labels = Int32Array.from({ length: batchSize }, (_, k) => k % CLASSES);
  const x = tf.keep(tf.tensor4d(pixels, [batchSize, size, size, channels]));
  const trained = trainableParams(model, config.trainableConvLayers);
  const method = createMethod(config);
  const trainer = new Trainer(network, trained, method, config);
  return { model, config, network, trained, method, trainer, batch: { x, segments: [{ task: 0, labels }] }, pixels, labels };
}

/** One training step, and its loss where it is asked for (a readback). */
export async function stepOnce(subject: Subject, readLoss: boolean): Promise<number> {
  const loss = subject.trainer.step(0, subject.batch, { ...subject.config, dropoutSeed: 0 });
  const value = readLoss ? (await loss.data())[0]! : Number.NaN;
  loss.dispose();
  return value;
}

/**
 * Milliseconds a step over `steps` steps. Only the last loss is read, which waits for the device to finish all of them.
 */
export async function stepTime(subject: Subject, steps: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await stepOnce(subject, i === steps - 1);
  return (performance.now() - start) / steps;
}
