import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { fitPixels } from '../../src/data/fit.ts';
import { loadTask, subset } from '../../src/data/image-set.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import type { DatasetReader, ImageDecoder, StoredImages } from '../../src/data/types.ts';

/** Images of one byte, which "decode" to that value everywhere; 255 does not decode. */
function byteReader(classes: Readonly<Record<string, { readonly train: readonly number[]; readonly test: readonly number[] }>>): DatasetReader {
  return {
    info: {
      id: 'bytes',
      name: 'Bytes',
      kind: 'folder',
      source: 'test',
      imageSize: 2,
      channels: 3,
      classes: Object.entries(classes).map(([id, c]) => ({ id, name: id, trainCount: c.train.length, testCount: c.test.length })),
      sizeBytes: 0,
      skipped: { count: 0, ignored: 0, entries: [] },
    },
    async readClass(classId, split): Promise<StoredImages> {
      const values = classes[classId]![split];
      return {
        encoding: 'compressed',
        bytes: Uint8Array.from(values),
        offsets: Uint32Array.from({ length: values.length + 1 }, (_, k) => k),
        names: values.map((v, k) => `${classId}-${k}-${v}.png`),
      };
    },
  };
}

const byteDecoder: ImageDecoder = {
  async decode(bytes, size) {
    const value = bytes[0]!;
    if (value === 255) throw new LabError('image-invalid', 'all white', '');
    return { width: size, height: size, rgb: new Uint8Array(size * size * 3).fill(value) };
  },
};

const unused: ImageDecoder = { decode: () => Promise.reject(new Error('nothing to decode')) };

describe('loadTask', () => {
  const values = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 9 });
  const cases = fc.record({
    classes: fc.array(fc.record({ train: values, test: values }), { minLength: 1, maxLength: 4 }),
    capBytes: fc.constantFrom(1e6, 24, 0),
    channels: fc.constantFrom(1 as const, 3 as const),
  });

  it('holds every decodable image once, labelled and located, and counts the others, at any cap', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ classes, capBytes, channels }) => {
        const usable = classes.filter((c) => [c.train, c.test].every((list) => list.some((v) => v !== 255)));
        fc.pre(usable.length > 0);
        const reader = byteReader(Object.fromEntries(usable.map((c, i) => [`c${i}`, c])));
        const task = await loadTask(usable.map((_, i) => ({ reader, classId: `c${i}` })), { size: 2, channels, decoder: byteDecoder, capBytes });
        for (const split of ['train', 'test'] as const) {
          const set = task[split];
          expect(set.shape).toEqual([2, 2, channels]);
          const order = Array.from({ length: set.length }, (_, i) => set.length - 1 - i);
          const out = new Uint8Array(set.length * 4 * channels);
          await set.gather(order, out);
          order.forEach((index, slot) => {
            const where = set.locate(index);
            const list = usable[set.labels[index]!]![split];
            expect(where.classId).toBe(`c${set.labels[index]}`);
            expect(where.split).toBe(split);
            const pixels = out.subarray(slot * 4 * channels, (slot + 1) * 4 * channels);
            const own = list[where.position]!;
            if (own === 255) expect(list).toContain(pixels[0]);
            else expect(new Set(pixels)).toEqual(new Set([own]));
          });
        }
        const bad = usable.flatMap((c) => [...c.train, ...c.test]).filter((v) => v === 255).length;
        expect(task.skipped?.count).toBe(bad);
        const all = usable.reduce((sum, c) => sum + c.train.length + c.test.length, 0);
        if (capBytes === 1e6) expect(task.train.length + task.test.length).toBe(all - bad);
      }),
      // A namesake in the other split counts too.
      { numRuns: 60, examples: [[{ classes: [{ train: [0, 255, 0], test: [0, 255, 0] }], capBytes: 1e6, channels: 1 }]] },
    );
  });

  it('names what it skipped', async () => {
    const reader = byteReader({ a: { train: [1, 255, 3], test: [4] } });
    const { train, skipped } = await loadTask([{ reader, classId: 'a' }], { size: 2, channels: 3, decoder: byteDecoder });
    expect(train.length).toBe(2);
    expect(train.locate(1).position).toBe(2);
    expect(skipped).toEqual({ count: 1, ignored: 0, entries: [{ name: 'a-1-255.png', reason: 'all white' }] });
  });

  it('refuses a class of which nothing decodes', async () => {
    const reader = byteReader({ a: { train: [255, 255], test: [4] } });
    await expect(loadTask([{ reader, classId: 'a' }], { size: 2, channels: 3, decoder: byteDecoder })).rejects.toMatchObject({
      code: 'class-too-small',
      message: expect.stringContaining('None of the 2 training images of class “a”') as string,
    });
  });

  it('lets a failure that is not the image’s through', async () => {
    const reader = byteReader({ a: { train: [1], test: [4] } });
    await expect(loadTask([{ reader, classId: 'a' }], { size: 2, channels: 3, decoder: unused })).rejects.toThrow('nothing to decode');
  });

  it('stops when told to', async () => {
    const stop = new AbortController();
    const loading = loadTask([{ reader: builtinReader(), classId: 'plain-disc' }, { reader: builtinReader(), classId: 'plain-ring' }], {
      size: 64, channels: 3, decoder: unused, signal: stop.signal, onProgress: () => stop.abort(),
    });
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('takes built-in pixels as they are and reports progress to the end', async () => {
    const reader = builtinReader({ trainCount: 5, testCount: 2 });
    const seen: number[][] = [];
    const { train } = await loadTask([{ reader, classId: 'plain-disc' }, { reader, classId: 'ringed-cross' }], {
      size: 64, channels: 3, decoder: unused, onProgress: (done, total) => seen.push([done, total]),
    });
    expect(train.length).toBe(10);
    expect(seen.at(-1)).toEqual([14, 14]);
    const out = new Uint8Array(12288);
    await train.gather([7], out);
    expect(out).toEqual((await reader.readClass('ringed-cross', 'train')).bytes.subarray(2 * 12288, 3 * 12288));
  });
});

describe('images smaller than the model takes them', () => {
  const load = (reader: DatasetReader, size: number, channels: 1 | 3, mayStaySmall: boolean) =>
    loadTask(reader.info.classes.slice(0, 2).map(({ id }) => ({ reader, classId: id })), { size, channels, mayStaySmall, decoder: byteDecoder });
  const bytes = (info: Partial<DatasetReader['info']>): DatasetReader => {
    const reader = byteReader({ a: { train: [1, 2], test: [3] }, b: { train: [4], test: [5] } });
    return { ...reader, info: { ...reader.info, ...info } };
  };

  it('stay so where all are squares of one size and whoever asks will enlarge them', async () => {
    const reader = builtinReader({ trainCount: 3, testCount: 1 });
    const { train, test } = await load(reader, 224, 3, true);
    expect([train.shape, test.shape]).toEqual([[64, 64, 3], [64, 64, 3]]);
    const out = new Uint8Array(12288);
    await train.gather([4], out);
    expect(out).toEqual((await reader.readClass(reader.info.classes[1]!.id, 'train')).bytes.subarray(12288, 2 * 12288));
    expect((await load(bytes({ uniform: true }), 9, 3, true)).train.shape).toEqual([2, 2, 3]);
    expect((await load(bytes({ uniform: true, channels: 1 }), 9, 1, true)).train.shape).toEqual([2, 2, 1]);
  });

  it.each([
    ['nobody enlarges them', bytes({ uniform: true }), 9, 3, false],
    ['their headers do not say that they are of one size', bytes({}), 9, 3, true],
    ['they are larger', bytes({ uniform: true, imageSize: 20 }), 9, 3, true],
    ['luma is to be taken of them', bytes({ uniform: true }), 9, 1, true],
  ] as const)('are fitted where %s', async (_why, reader, size, channels, mayStaySmall) => {
    expect((await load(reader, size, channels, mayStaySmall)).train.shape).toEqual([size, size, channels]);
  });

  it('stay so where nobody vouches for the dataset, and the images themselves are of one size', async () => {
    const { info, ...reader } = builtinReader({ trainCount: 3, testCount: 1 });
    const { uniform: _, ...unsure } = info;
    expect((await load({ ...reader, info: unsure }, 224, 3, true)).train.shape).toEqual([64, 64, 3]);
    expect((await load({ ...reader, info: { ...unsure, imageSize: 63 } }, 224, 3, true)).train.shape).toEqual([224, 224, 3]);
  });

  it('are fitted where the classes are of several sizes', async () => {
    const [small, large] = [bytes({ uniform: true }), bytes({ uniform: true, imageSize: 3 })];
    const { train } = await loadTask([{ reader: small, classId: 'a' }, { reader: large, classId: 'b' }], { size: 9, channels: 3, mayStaySmall: true, decoder: byteDecoder });
    expect(train.shape).toEqual([9, 9, 3]);
  });
});

describe('subset', () => {
  it('is the images at the indices', async () => {
    const reader = byteReader({ a: { train: [1, 2, 3], test: [9] }, b: { train: [4, 5], test: [9] } });
    const { train } = await loadTask([{ reader, classId: 'a' }, { reader, classId: 'b' }], { size: 1, channels: 1, decoder: byteDecoder });
    const part = subset(train, [4, 0]);
    const out = new Uint8Array(2);
    await part.gather([1, 0], out);
    expect([part.length, ...part.labels, ...out]).toEqual([2, 1, 0, 1, 5]);
    expect(part.locate(0)).toEqual({ classId: 'b', split: 'train', position: 1 });
  });
});

describe('fitPixels', () => {
  const fit = (source: number[], width: number, height: number, channels: number, size: number, outChannels = channels): number[] => {
    const out = new Uint8Array(size * size * outChannels);
    fitPixels(Uint8Array.from(source), width, height, channels, size, out, 0, outChannels);
    return [...out];
  };

  it('copies what has the size already', () => expect(fit([1, 2, 3, 4], 2, 2, 1, 2)).toEqual([1, 2, 3, 4]));
  it('cuts out the middle', () => expect(fit([9, 1, 2, 9, 9, 3, 4, 9], 4, 2, 1, 2)).toEqual([1, 2, 3, 4]));
  it('halves by the triangle filter', () => {
    // Weights 3/8, 3/8, 1/8 (¾ ¾ ¼ within the picture) at each end of a row of four.
    const row = [0, 70, 140, 210];
    expect(fit([...row, ...row, ...row, ...row], 4, 4, 1, 2)).toEqual([50, 160, 50, 160]);
  });
  it('doubles between pixel centres', () => expect(fit([0, 100, 0, 100], 2, 2, 1, 4).slice(0, 4)).toEqual([0, 25, 75, 100]));
  it('repeats grey and takes luma of colour', () => {
    expect(fit([7], 1, 1, 1, 1, 3)).toEqual([7, 7, 7]);
    expect(fit([255, 0, 0], 1, 1, 3, 1, 1)).toEqual([76]);
  });
  it('keeps a flat picture flat at any size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }), fc.nat(255), (w, h, size, value) => {
        expect(new Set(fit(new Array<number>(w * h).fill(value), w, h, 1, size))).toEqual(new Set([value]));
      }),
    );
  });
  it('survives a very thin picture', () => expect(new Set(fit(new Array<number>(20000).fill(5), 20000, 1, 1, 64))).toEqual(new Set([5])));
});
