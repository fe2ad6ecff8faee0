import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { importFiles } from '../../src/data/import-files.ts';
import { importImages } from '../../src/data/import-images.ts';
import { parquetSource } from '../../src/data/sources/parquet.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
import { PICTURES } from './pictures.ts';

const MINI = ['tiny-imagenet-mini-train.parquet', 'tiny-imagenet-mini-valid.parquet'];
const mini = () => MINI.map((name) => bytesSource(name, readShared(`data/${name}`)));
const given = (sources: ReturnType<typeof mini>) => sources.map((source) => ({ path: source.name, source }));

/** A Parquet file like the hub's: image {bytes, path}, label, names in the metadata. */
async function parquetFile(name: string, rows: readonly { bytes: Uint8Array | null; path: string | null; label: number }[], rowGroupSize = 100, names?: readonly string[]) {
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'image', data: rows.map(({ bytes, path }) => ({ bytes, path })) },
      { name: 'label', data: rows.map(({ label }) => BigInt(label)) },
    ],
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'label', type: 'INT64', repetition_type: 'REQUIRED' },
    ],
    rowGroupSize,
    ...(names ? { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features: { label: { names, _type: 'ClassLabel' } } } }) }] } : {}),
  });
  return bytesSource(name, new Uint8Array(buffer));
}
const png = async (): Promise<Uint8Array> => new Uint8Array(await PICTURES[0]!.make());

describe('Parquet', () => {
  it('imports to the same classes and bytes as the zip', async () => {
    const fromParquet = memoryStore();
    const fromZip = memoryStore();
    const a = (await importFiles(given(mini()), fromParquet.store)).dataset!;
    const b = (await importFiles([{ path: 'z.zip', source: bytesSource('z.zip', readShared('data/tiny-imagenet-mini.zip')) }], fromZip.store)).dataset!;
    const counts = (d: typeof a) => d.classes.map(({ id, trainCount, testCount }) => ({ id, trainCount, testCount }));
    expect(counts(a)).toEqual(counts(b));
    expect([a.name, a.kind, a.imageSize, a.sizeBytes]).toEqual([b.name, b.kind, b.imageSize, b.sizeBytes]);
    const [readA, readB] = await Promise.all([fromParquet.store.reader(a.id), fromZip.store.reader(b.id)]);
    for (const { id } of a.classes) {
      for (const split of ['train', 'test'] as const) {
        const [x, y] = [await readA.readClass(id, split), await readB.readClass(id, split)];
        expect(x.names).toEqual(y.names);
        expect(Buffer.compare(x.bytes, y.bytes)).toBe(0);
        expect(Buffer.compare(new Uint8Array(x.offsets.buffer), new Uint8Array(y.offsets.buffer))).toBe(0);
      }
    }
  });

  it('reads little more than the rows it needs', async () => {
    const sources = mini();
    const { store } = memoryStore();
    const source = await parquetSource(sources, { kind: 'named', ids: ['n01784675', 'n12267677'] });
    const { dataset } = await importImages(store, source);
    expect(dataset!.classes.map((c) => [c.id, c.trainCount, c.testCount])).toEqual([['n01784675', 60, 10], ['n12267677', 60, 10]]);
    const read = sources.reduce((sum, s) => sum + s.bytesRead, 0);
    // Classes are sorted by label: two of six row groups of training images, two of four of validation images, and the footers.
    expect(source.bytesTotal).toBeLessThan(0.4 * sources.reduce((sum, s) => sum + s.size, 0));
    expect(read).toBeLessThan(1.05 * source.bytesTotal + 40_000);
  });

  it('reads a whole file but once', async () => {
    const sources = mini();
    const { store } = memoryStore();
    await importImages(store, await parquetSource(sources));
    for (const source of sources) expect(source.bytesRead).toBeLessThan(1.05 * source.size);
  });

  it('names classes and images where the file does not', async () => {
    const image = await png();
    const file = await parquetFile('things.parquet', Array.from({ length: 12 }, (_, k) => ({ bytes: image, path: null, label: k % 2 })), 5);
    const { store } = memoryStore();
    const { dataset } = await importImages(store, await parquetSource([file]));
    expect(dataset).toMatchObject({ kind: 'parquet', name: 'things', imageSize: 4 });
    expect(dataset!.classes).toEqual([
      { id: '0', name: 'class 0', trainCount: 5, testCount: 1 },
      { id: '1', name: 'class 1', trainCount: 5, testCount: 1 },
    ]);
  });

  it('skips, counts and names rows without a usable image or label', async () => {
    const image = await png();
    const rows = [
      { bytes: image, path: 'a.png', label: 0 },
      { bytes: null, path: 'gone.png', label: 0 },
      { bytes: new TextEncoder().encode('<html>'), path: 'page.png', label: 0 },
      { bytes: image, path: 'b.png', label: 7 },
      { bytes: image, path: 'c.png', label: 1 },
    ];
    const { store } = memoryStore();
    const { dataset } = await importImages(store, await parquetSource([await parquetFile('x.parquet', rows, 100, ['ant', 'bee'])]));
    expect(dataset!.skipped.count).toBe(3);
    expect(dataset!.skipped.entries.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
      'gone.png: the file has its path only, not the image itself',
      'x.parquet, row 4: its label is 7, but there are names for 0 to 1',
      expect.stringMatching(/^page\.png.*: not a JPEG, PNG, WebP or GIF image: this is a web page/) as string,
    ]);
    expect(dataset!.classes.map((c) => c.id)).toEqual(['ant', 'bee']);
  });

  it('says what another schema is', async () => {
    const other = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: ['a', 'b'] }, { name: 'score', data: [1, 2] }] }));
    await expect(parquetSource([bytesSource('other.parquet', other)])).rejects.toMatchObject({
      code: 'file-format',
      message: expect.stringMatching(/^other\.parquet: .*it has text, score; needed are image\.bytes/) as string,
    });
  });

  it('refuses a cut file at any length, and damaged rows, with nothing stored', async () => {
    const whole = readShared('data/tiny-imagenet-mini-valid.parquet');
    for (const length of [1, 7, 8, 12, 100, 5000, whole.length - 1, whole.length - 9]) {
      await expect(parquetSource([bytesSource('cut.parquet', whole.slice(0, length))])).rejects.toMatchObject({ message: expect.stringMatching(/^cut\.parquet: /) as string });
    }
    const damaged = whole.slice();
    damaged.fill(0xff, 4, 60);
    const { store, blobs } = memoryStore();
    await expect(importFiles([{ path: 'd.parquet', source: bytesSource('d.parquet', damaged) }], store)).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringMatching(/d\.parquet: .*rows 1 to 100 cannot be read/) as string,
    });
    expect(blobs.map.size).toBe(0);
  });
});
