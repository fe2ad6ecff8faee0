import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { checkIdxPair, readIdxImages, readIdxLabels } from '../../src/formats/idx.ts';
import { readShared, readSharedJson } from '../helpers/shared.ts';

interface Expected {
  readonly result: 'ok' | 'error';
  readonly message_names?: readonly string[];
  readonly message_says?: string;
  readonly stored: { readonly images?: number; readonly labels?: number };
  readonly pair_with?: string;
}

const EXPECTED = readSharedJson<{ files: Record<string, Expected> }>('data/corrupt/expect.json').files;
const IDX_FILES = Object.entries(EXPECTED).filter(([name]) => name.includes('-idx'));

/** A stream of `bytes` in chunks of `size`, so that every boundary inside the header is crossed. */
function stream(bytes: Uint8Array, size = 1 << 16): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += size)));
    },
  });
}

async function importIdx(name: string, expected: Expected): Promise<{ images?: number; labels?: number }> {
  const bytes = readShared(`data/corrupt/${name}`);
  if (name.includes('images')) return { images: (await readIdxImages(stream(bytes), name)).count };
  const labels = await readIdxLabels(stream(bytes), name);
  if (expected.pair_with !== undefined) {
    const images = await readIdxImages(stream(readShared(`data/corrupt/${expected.pair_with}`)), expected.pair_with);
    checkIdxPair(images, labels, name);
  }
  return { labels: labels.length };
}

async function failure(work: Promise<unknown>): Promise<LabError> {
  const error = await work.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LabError)) throw error;
  return error;
}

function idx(magic: number, sizes: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + data.length);
  const view = new DataView(bytes.buffer);
  [magic, ...sizes].forEach((value, i) => view.setUint32(4 * i, value));
  bytes.set(data, 4 + 4 * sizes.length);
  return bytes;
}

describe('IDX files of data/corrupt', () => {
  it('covers every IDX file of expect.json', () => {
    expect(IDX_FILES.map(([name]) => name)).toHaveLength(6);
  });

  it.each(IDX_FILES)('%s', async (name, expected) => {
    if (expected.result === 'ok') {
      expect(await importIdx(name, expected)).toEqual(expected.stored);
    } else {
      const error = await failure(importIdx(name, expected));
      expect(error.message).toBe(`${expected.message_names?.[0]}: ${expected.message_says}.`);
      expect(error.hint).not.toBe('');
    }
  });
});

describe('IDX files of MNIST', () => {
  it('reads images and labels in their order', async () => {
    const labels = await readIdxLabels(stream(readShared('data/mnist-mini/train-labels-idx1-ubyte.gz')), 'labels');
    const images = await readIdxImages(stream(readShared('data/mnist-mini/train-images-idx3-ubyte.gz')), 'images');
    expect([...labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect({ ...images, pixels: images.pixels.length }).toEqual({ count: 6000, height: 28, width: 28, pixels: 6000 * 784 });
    checkIdxPair(images, labels, 'labels');
    const perDigit = new Array<number>(10).fill(0);
    for (const label of labels) perDigit[label]!++;
    expect(perDigit).toEqual([592, 671, 581, 608, 623, 514, 608, 651, 551, 601]);
  });

  it.each([1, 3, 17])('gives the same in chunks of %i bytes, gzipped or not', async (size) => {
    const plain = idx(0x0803, [2, 3, 4], Uint8Array.from({ length: 24 }, (_, i) => i));
    for (const bytes of [plain, gzipSync(plain)]) {
      const images = await readIdxImages(stream(bytes, size), 'small');
      expect(images).toEqual({ count: 2, height: 3, width: 4, pixels: plain.subarray(16) });
    }
  });
});

describe('wrong IDX files', () => {
  const good = idx(0x0803, [2, 2, 2], new Uint8Array(8));

  it('refuses every truncation', async () => {
    for (const bytes of [good, new Uint8Array(gzipSync(good))]) {
      for (let length = 0; length < bytes.length; length++) {
        const error = await failure(readIdxImages(stream(bytes.subarray(0, length)), 'cut'));
        expect(['file-empty', 'file-truncated']).toContain(error.code);
      }
    }
  });

  it('refuses more data than announced', async () => {
    const error = await failure(readIdxImages(stream(idx(0x0803, [2, 2, 2], new Uint8Array(9))), 'long'));
    expect(error.code).toBe('file-format');
    expect(error.message).toBe('long: 2 images announced, more data present.');
  });

  it.each(['plain', 'gzipped'])('refuses a %s header that announces more than the limit, and reads no further', async (kind) => {
    const header = idx(0x0803, [0xffffffff, 0xffff, 0xffff], new Uint8Array(0));
    // Gzip members may follow one another; the first holds the header alone.
    const first = kind === 'plain' ? header : new Uint8Array(gzipSync(header));
    const more = kind === 'plain' ? new Uint8Array(1 << 20) : new Uint8Array(gzipSync(new Uint8Array(1 << 20)));
    let chunks = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(chunks++ === 0 ? first : more);
      },
      cancel() {
        cancelled = true;
      },
    });
    const error = await failure(readIdxImages(endless, 'huge'));
    expect(error.code).toBe('file-limit');
    // Node's decompressor takes 16,384 chunks into its queue before it looks at any.
    expect(chunks).toBeLessThan(kind === 'plain' ? 5 : 20_000);
    expect(cancelled).toBe(true);
  });

  it('says when images and labels are exchanged', async () => {
    const error = await failure(readIdxLabels(stream(good), 'x'));
    expect(error.message).toBe('x: not an IDX label file (magic number 0x00000803, expected 0x00000801).');
    expect(error.hint).toContain('image file');
  });

  it('tells a damaged gzip stream from a cut one', async () => {
    const bytes = new Uint8Array(gzipSync(good));
    bytes[bytes.length - 6]! ^= 1;
    expect((await failure(readIdxImages(stream(bytes), 'x'))).code).toBe('file-damaged');
  });

  it.each([
    ['plain', good],
    ['gzipped', new Uint8Array(gzipSync(good))],
  ])('passes on the error of a %s stream that fails', async (_, bytes) => {
    let sent = false;
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) throw new Error('the disk went away');
        controller.enqueue(bytes.subarray(0, 12));
        sent = true;
      },
    });
    await expect(readIdxImages(broken, 'x')).rejects.toThrow('the disk went away');
  });
});
