import { expect, it } from 'vitest';
import { fileSource } from '../../src/platform/browser/file-source.ts';

const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) ^ (i >> 8));

it('a file’s slices are right, also while others are read and where released buffers are read into again', async () => {
  const source = fileSource(new File([bytes], 'a.bin'));
  for (let at = 0; at < bytes.length; at += 40_000) {
    const [a, b] = await Promise.all([source.slice(at, at + 40_000), source.slice(at + 10, at + 30_010)]);
    expect(Buffer.compare(a, bytes.subarray(at, at + 40_000))).toBe(0);
    expect(Buffer.compare(b, bytes.subarray(at + 10, at + 30_010))).toBe(0);
    for (const part of [a, b]) source.release!(part);
  }
  expect(await source.slice(bytes.length, bytes.length + 5)).toHaveLength(0);
});

it('a file that can no longer be read is refused by its name', async () => {
  const file = new File([bytes], 'gone.bin');
  Object.defineProperty(file, 'slice', { value: () => ({ size: 10, stream: () => new ReadableStream({ type: 'bytes', pull: () => { throw new DOMException('gone', 'NotFoundError'); } }) }) });
  await expect(fileSource(file).slice(0, 10)).rejects.toMatchObject({ code: 'file-damaged', message: expect.stringContaining('gone.bin can no longer be read') as string });
});
