import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernel } from '../signatures.ts';
import { aligned, REDUCTION, runtimeOf, sizeOf, type WasmRuntime } from './runtime.ts';

/** Packed panels held at a time; eight panels at least, so that each row of B is read 256 bytes at a time. */
const CHUNK_BYTES = 256 * 1024;
const LEAST_PANELS = 8;

/** `assembly/product.ts`. */
export const wasmMatMul = kernel('LabMatMul', ({ a, b }, { transposeA, transposeB }, backend) =>
  multiply(runtimeOf(backend), a, b, transposeA, transposeB, 0, false),
);

/** `assembly/product.ts`, with bias and ReLU. */
export const wasmDense = kernel('LabDense', ({ x, w, b }, { relu }, backend) => {
  const runtime = runtimeOf(backend);
  return multiply(runtime, x, w, false, false, runtime.address(b), relu);
});

/** `channelSum` in `assembly/elementwise.ts`. */
export const wasmChannelSum = kernel('LabChannelSum', ({ dy }, { perImage }, backend) => {
  const runtime = runtimeOf(backend);
  const images = dy.shape[0]!;
  const channels = dy.shape.at(-1)!;
  const sums = runtime.zeros([channels]);
  const size = sizeOf(dy.shape);
  const positions = size / (images * channels);
  runtime.run(
    'channelSum',
    [runtime.address(dy), runtime.address(sums), images, positions, channels, REDUCTION[perImage]],
    // Sixteen channels fill a cache line.
    Math.min(Math.ceil(channels / 16), runtime.partsFor(4 * size)),
  );
  return sums;
});

function multiply(
  runtime: WasmRuntime,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  bias: number,
  relu: boolean,
): TensorInfo {
  const [m, k] = (transposeA ? [...a.shape].reverse() : a.shape) as [number, number];
  const n = b.shape[transposeB ? 0 : 1]!;
  const panels = Math.ceil(n / 8);
  const panelBytes = 32 * k;
  const chunk = Math.min(panels, Math.max(LEAST_PANELS, Math.floor(CHUNK_BYTES / panelBytes)));
  const parts = Math.min(panels, runtime.partsFor(m * n * k));
  const scratchBytes = aligned(32 * panels + aligned(4 * k) + chunk * panelBytes);
  const scratch = runtime.scratch(runtime.lanes(parts) * scratchBytes);
  const c = runtime.output([m, n]);
  runtime.run(
    'product',
    [
      ...[runtime.address(a), runtime.address(b), runtime.address(c)],
      ...[m, n, k, transposeA, transposeB, bias, relu, chunk, scratch, scratchBytes],
    ],
    parts,
  );
  return c;
}
