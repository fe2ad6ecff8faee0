import { expect, it } from 'vitest';
import { bitmapUrl } from '../../src/app/views/bitmap.ts';

it.each([[1, 1], [3, 2], [11, 11], [200, 150]])('a bitmap of %i × %i holds the pixels that it was made of', (width, height) => {
  const rgba = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i * 37 + (i >> 8)) % 256);
  const [head, data] = bitmapUrl({ rgba, width, height }).split(',');
  expect(head).toBe('data:image/bmp;base64');
  const file = Buffer.from(data!, 'base64');
  expect(file.toString('latin1', 0, 2)).toBe('BM');
  expect([file.readUInt32LE(2), file.readInt32LE(18), file.readInt32LE(22)]).toEqual([file.length, width, -height]);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [blue, green, red] = file.subarray(54 + 4 * pixel);
    expect([red, green, blue]).toEqual([...rgba.subarray(4 * pixel, 4 * pixel + 3)]);
  }
});
