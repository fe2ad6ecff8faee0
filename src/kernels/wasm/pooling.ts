import { windowedSize } from '../geometry.ts';
import { kernel } from '../signatures.ts';
import { runtimeOf, sizeOf } from './runtime.ts';

/** `maxPool` in `assembly/pooling.ts`. */
export const wasmMaxPool = kernel('LabMaxPool', ({ x }, { size, stride }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const rows = windowedSize(height, size, stride);
  const columns = windowedSize(width, size, stride);
  const y = runtime.output([images, rows, columns, channels]);
  runtime.run(
    'maxPool',
    [
      ...[runtime.address(x), runtime.address(y), 0, 0],
      ...[images, height, width, channels, rows, columns, size, stride, false],
    ],
    Math.min(images, runtime.partsFor(sizeOf(y.shape) * size * size)),
  );
  return y;
});

/** `maxPoolGradient` in `assembly/pooling.ts`. */
export const wasmMaxPoolGrad = kernel('LabMaxPoolGrad', ({ dy, x, y }, { size, stride, reluMask }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const dx = runtime.output(x.shape);
  runtime.run(
    'maxPoolGradient',
    [
      ...[runtime.address(x), runtime.address(y), runtime.address(dy), runtime.address(dx)],
      ...[images, height, width, channels, y.shape[1]!, y.shape[2]!, size, stride, reluMask],
    ],
    Math.min(images, runtime.partsFor(sizeOf(y.shape) * size * size)),
  );
  return dx;
});

/** `adaptivePool` in `assembly/pooling.ts`. */
export const wasmAdaptiveAvgPool = kernel('LabAdaptiveAvgPool', ({ x }, { size }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const y = runtime.output([images, size, size, channels]);
  const fields = [runtime.address(x), runtime.address(y), images, height, width, channels, size];
  runtime.run('adaptivePool', fields, Math.min(images, runtime.partsFor(8 * sizeOf(y.shape))));
  return y;
});

/** `adaptivePoolGradient` in `assembly/pooling.ts`. */
export const wasmAdaptiveAvgPoolGrad = kernel('LabAdaptiveAvgPoolGrad', ({ dy }, { inputShape }, backend) => {
  const runtime = runtimeOf(backend);
  const dx = runtime.output(inputShape);
  const fields = [runtime.address(dx), runtime.address(dy), ...inputShape, dy.shape[1]!];
  runtime.run('adaptivePoolGradient', fields, Math.min(inputShape[0], runtime.partsFor(8 * sizeOf(dy.shape))));
  return dx;
});
