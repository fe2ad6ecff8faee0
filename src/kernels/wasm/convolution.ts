import { windowedSize } from '../geometry.ts';
import { kernel } from '../signatures.ts';
import { aligned, type JobField, REDUCTION, runtimeOf, type WasmRuntime } from './runtime.ts';
import { winogradConvolve, winogradFilterGradient, winogradPays } from './winograd.ts';

/** Padded images held at a time: about half of a core's second cache. */
const CHUNK_BYTES = 512 * 1024;
/** Positions over which a sum over images runs before it is written: enough that writing costs little. */
const GROUP_POSITIONS = 256;
const BLOCK_BYTES = 256;

/** `assembly/convolution.ts`. */
export const wasmConv2d = kernel('LabConv2D', ({ x, w, b }, { stride, pad, relu }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, height, width, channels] = x.shape as Shape4D;
  const [filterHeight, filterWidth, , channelsOut] = w.shape as Shape4D;
  const rows = windowedSize(height, filterHeight, stride, pad);
  const columns = windowedSize(width, filterWidth, stride, pad);
  const y = runtime.output([images, rows, columns, channelsOut]);
  const addresses = [runtime.address(x), runtime.address(w), runtime.address(b), runtime.address(y)] as const;
  if (winogradPays({ stride, filter: w.shape as Shape4D, output: [rows, columns] })) {
    const convolution = { x: x.shape as Shape4D, filter: filterHeight, channelsOut, pad, output: [rows, columns] } as const;
    winogradConvolve(runtime, convolution, addresses, { relu, mirrored: false });
    return y;
  }
  convolve(runtime, {
    addresses,
    image: [images, height, width, channels],
    padded: [height + 2 * pad, width + 2 * pad],
    placement: [pad, pad, 1],
    filter: [filterHeight, filterWidth, channelsOut],
    output: [rows, columns],
    options: [stride, relu, false],
  });
  return y;
});

/** `assembly/convolution.ts`, mirrored. */
export const wasmConv2dInputGrad = kernel('LabConv2DInputGrad', ({ dy, w }, { stride, pad, inputShape }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, rows, columns, channelsOut] = dy.shape as Shape4D;
  const [filterHeight, filterWidth, channels] = w.shape as Shape4D;
  const [, height, width] = inputShape;
  const dx = runtime.output(inputShape);
  const addresses = [runtime.address(dy), runtime.address(w), 0, runtime.address(dx)] as const;
  if (winogradPays({ stride, filter: w.shape as Shape4D, output: [height, width] })) {
    const convolution = { x: dy.shape as Shape4D, filter: filterHeight, channelsOut: channels, pad: filterHeight - 1 - pad, output: [height, width] } as const;
    winogradConvolve(runtime, convolution, addresses, { relu: false, mirrored: true });
    return dx;
  }
  convolve(runtime, {
    addresses,
    image: [images, rows, columns, channelsOut],
    padded: [height + filterHeight - 1, width + filterWidth - 1],
    placement: [filterHeight - 1 - pad, filterWidth - 1 - pad, stride],
    filter: [filterHeight, filterWidth, channels],
    output: [height, width],
    options: [1, false, true],
  });
  return dx;
});

/** `assembly/filter-gradient.ts`. */
export const wasmConv2dFilterGrad = kernel(
  'LabConv2DFilterGrad',
  ({ x, dy }, { stride, pad, filterShape, perImage }, backend) => {
    const runtime = runtimeOf(backend);
    const [images, height, width, channels] = x.shape as Shape4D;
    const [, rows, columns] = dy.shape as Shape4D;
    const [filterHeight, filterWidth, , channelsOut] = filterShape;
    const dw = runtime.zeros(filterShape);
    if (winogradPays({ stride, filter: filterShape, output: [rows, columns] }, perImage !== 'sum')) {
      const convolution = { x: x.shape as Shape4D, filter: filterHeight, channelsOut, pad, output: [rows, columns] } as const;
      winogradFilterGradient(runtime, convolution, [runtime.address(x), runtime.address(dy), runtime.address(dw)], perImage);
      return dw;
    }
    const paddedHeight = height + 2 * pad;
    const paddedWidth = width + 2 * pad;
    const positions = rows * columns;
    const group = Math.min(images, Math.max(1, Math.round(GROUP_POSITIONS / positions)));
    const panels = Math.ceil(channelsOut / 8);
    const parts = Math.min(panels, runtime.partsFor(images * positions * filterHeight * filterWidth * channels * channelsOut, 2));
    const scratchBytes = aligned(
      group * (4 * positions + 4 * paddedHeight * paddedWidth * channels + 32 * positions * Math.ceil(panels / parts)) + 64,
    );
    const scratch = runtime.scratch(runtime.lanes(parts) * scratchBytes);
    runtime.run(
      'filterGradient',
      [
        ...[runtime.address(x), runtime.address(dy), runtime.address(dw)],
        ...[images, height, width, channels, paddedHeight, paddedWidth, pad],
        ...[filterHeight, filterWidth, channelsOut, rows, columns, stride],
        ...[REDUCTION[perImage], group, scratch, scratchBytes],
      ],
      parts,
    );
    return dw;
  },
);

type Shape4D = [number, number, number, number];

/** The fields of a convolution's job, in the order of its class. */
interface Convolution {
  /** x, w, bias (0 for none), y. */
  readonly addresses: readonly [number, number, number, number];
  readonly image: Readonly<Shape4D>;
  readonly padded: readonly [height: number, width: number];
  readonly placement: readonly [top: number, left: number, dilation: number];
  readonly filter: readonly [height: number, width: number, channelsOut: number];
  readonly output: readonly [rows: number, columns: number];
  readonly options: readonly [stride: number, relu: boolean, mirrored: boolean];
}

function convolve(runtime: WasmRuntime, job: Convolution): void {
  const [images, , , channels] = job.image;
  const [filterHeight, filterWidth, channelsOut] = job.filter;
  const depth = filterHeight * filterWidth * channels;
  const panels = Math.ceil(channelsOut / 8);
  const imageBytes = 4 * job.padded[0] * job.padded[1] * channels;
  const chunk = Math.max(1, Math.min(images, Math.floor(CHUNK_BYTES / imageBytes)));
  const parts = Math.min(images, runtime.partsFor(images * job.output[0] * job.output[1] * depth * channelsOut));
  const scratchBytes = aligned(panels * 32 * (depth + 1) + BLOCK_BYTES + chunk * imageBytes);
  const scratch = runtime.scratch(runtime.lanes(parts) * scratchBytes);
  const fields: JobField[] = [
    ...job.addresses,
    ...job.image,
    ...job.padded,
    ...job.placement,
    ...job.filter,
    ...job.output,
    ...job.options,
    ...[chunk, scratch, scratchBytes],
  ];
  runtime.run('convolution', fields, parts);
}
