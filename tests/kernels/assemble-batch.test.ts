import { beforeAll, describe, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { fitPixels } from '../../src/data/fit.ts';
import { assembleBatch, type ByteBatch, type Placement } from '../../src/kernels/ops.ts';
import { KERNEL_SETS, useKernels } from '../helpers/backends.ts';
import { expectResult, type Shape4D, sizeOf } from '../helpers/numbers.ts';

const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

function bytes(shape: Shape4D): Uint8Array {
  const random = createRandom(5, 'bytes');
  return Uint8Array.from({ length: sizeOf(shape) }, () => random.below(256));
}

function normalise(byte: number, channel: number): number {
  const centred = Math.fround(Math.fround(byte / 255) - Math.fround(MEAN[channel]!));
  return Math.fround(centred / Math.fround(STD[channel]!));
}

describe.each(KERNEL_SETS)('assembleBatch, $kernels kernels on $backend', (set) => {
  beforeAll(() => useKernels(set));
  // WGSL allows 2.5 units in the last place for a division; elsewhere the arithmetic is float32's own.
  const tolerance = set.backend === 'webgpu' ? 3e-7 : 0;

  it('normalises every byte of every channel as float32 does', async () => {
    const shape: Shape4D = [1, 16, 16, 3];
    const batch: ByteBatch = { bytes: Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)), shape, mean: MEAN, std: STD };
    await expectResult(() => assembleBatch(batch), Array.from(batch.bytes, (byte, i) => normalise(byte, i % 3)), tolerance, shape);
  });

  it.each<Shape4D>([
    [1, 1, 1, 1],
    [3, 7, 5, 3],
    [5, 16, 16, 1],
  ])('shifts, then mirrors, filling with zeros: [%i, %i, %i, %i]', async (...shape) => {
    const [images, height, width, channels] = shape;
    const placement: Placement = {
      shiftY: Int32Array.from({ length: images }, (_, n) => [0, 2, -3, height, 1][n]!),
      shiftX: Int32Array.from({ length: images }, (_, n) => [0, -1, 2, 0, -width][n]!),
      flip: Uint8Array.from({ length: images }, (_, n) => n % 2),
    };
    const batch: ByteBatch = { bytes: bytes(shape), shape, mean: MEAN.slice(0, channels), std: STD.slice(0, channels), placement };
    const expected: number[] = [];
    for (let n = 0; n < images; n++) {
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          for (let c = 0; c < channels; c++) {
            const fromRow = row + placement.shiftY[n]!;
            const fromColumn = (placement.flip[n] === 1 ? width - 1 - column : column) + placement.shiftX[n]!;
            const inside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
            const byte = batch.bytes[((n * height + fromRow) * width + fromColumn) * channels + c]!;
            expected.push(inside ? normalise(byte, c) : 0);
          }
        }
      }
    }
    await expectResult(() => assembleBatch(batch), expected, tolerance, shape);
  });

  it.each([
    { side: 1, size: 3, channels: 3, images: 2 },
    { side: 5, size: 7, channels: 1, images: 3 },
    { side: 7, size: 16, channels: 3, images: 5 },
    { side: 13, size: 13, channels: 3, images: 2 },
    { side: 28, size: 64, channels: 3, images: 3 },
    { side: 64, size: 224, channels: 3, images: 2 },
  ])('enlarges $side pixels to $size ($channels channels) as on the host, then shifts and mirrors', async ({ side, size, channels, images }) => {
    const stored = bytes([images, side, side, channels]);
    const large = new Uint8Array(images * size * size * channels);
    for (let n = 0; n < images; n++) {
      const from = stored.subarray(n * side * side * channels, (n + 1) * side * side * channels);
      fitPixels(from, side, side, channels, size, large, n * size * size * channels, channels);
    }
    const [mean, std, shape] = [MEAN.slice(0, channels), STD.slice(0, channels), [images, size, size, channels] as Shape4D];
    const placement: Placement = {
      shiftY: Int32Array.from({ length: images }, (_, n) => [0, 1, -2, 2, -1][n]!),
      shiftX: Int32Array.from({ length: images }, (_, n) => [0, -1, 2, 1, -2][n]!),
      flip: Uint8Array.from({ length: images }, (_, n) => n % 2),
    };
    const ofLarge = assembleBatch({ bytes: large, shape, mean, std, placement });
    const expected = [...(await ofLarge.data())];
    ofLarge.dispose();
    await expectResult(() => assembleBatch({ bytes: stored, shape, mean, std, placement, storedSide: side }), expected, 0, shape);
  });
});
