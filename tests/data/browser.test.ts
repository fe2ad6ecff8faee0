import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fitPixels } from '../../src/data/fit.ts';
import { importFiles } from '../../src/data/import-files.ts';
import { sharpDecoder } from '../../src/platform/node/sharp-decoder.ts';
import { sha256 } from '../../src/data/sha256.ts';
import { referenceTensors } from '../helpers/reference.ts';
import { readShared, sharedPath } from '../helpers/shared.ts';
import { openDataPage, type DataPage } from './browser-page.ts';
import { CORRUPT_CASES } from './corrupt-cases.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
import { serveFiles, type FileServer } from './misbehaving-server.ts';
import { CMYK_PICTURE, JPEGS, PICTURES } from './pictures.ts';

let data: DataPage;
beforeAll(async () => {
  data = await openDataPage();
});
afterAll(() => data?.close());

const digest = () => data.page.evaluate(() => window.data.digest());
const importUrls = (urls: readonly string[]) => data.page.evaluate((list) => window.data.import(list), [...urls]);
const corrupt = (names: readonly string[]) => importUrls(names.map((name) => `/shared/data/corrupt/${name}`));

describe('in Chromium, with IndexedDB', () => {
  beforeEach(() => data.page.evaluate(() => window.data.clear()));

  it.each(CORRUPT_CASES)('$files.0 is $outcome', async (row) => {
    await importUrls(['/shared/data/corrupt/no-top-folder.zip']);
    const before = await digest();
    const result = await corrupt(row.files);
    if (row.outcome === 'refused') {
      expect(result).toMatchObject({ error: { message: expect.stringMatching(row.says) as string } });
      expect(await digest()).toBe(before);
    } else {
      const { report } = result;
      expect(report?.dataset?.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(row.train);
      expect(report?.dataset?.classes.reduce((sum, c) => sum + c.testCount, 0)).toBe(row.test);
      expect(report?.dataset?.classes).toHaveLength(row.classes);
      expect(report?.dataset?.skipped).toMatchObject({ count: row.skipped.length, ignored: row.ignored });
      const after = (await digest()).split('\n');
      for (const line of before.split('\n')) expect(after).toContain(line);
    }
    const good = await corrupt(['good.zip']);
    expect(good.report?.dataset?.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(12);
  });

  it('stores the same images as Node', async () => {
    const { store } = memoryStore();
    const { dataset } = await importFiles([{ path: 'tiny-imagenet-mini.zip', source: bytesSource('tiny-imagenet-mini.zip', readShared('data/tiny-imagenet-mini.zip')) }], store);
    const here = (await importUrls(['/shared/data/tiny-imagenet-mini.zip'])).report?.dataset;
    expect(here?.classes).toEqual(dataset!.classes);
    expect(here?.skipped).toEqual(dataset!.skipped);
    const reader = await store.reader(dataset!.id);
    for (const { id } of dataset!.classes.slice(0, 5)) {
      for (const split of ['train', 'test'] as const) {
        const images = await reader.readClass(id, split);
        const there = await data.page.evaluate(([dataset, classId, s]) => window.data.classDigest(dataset, classId, s), [here!.id, id, split] as [string, string, 'train' | 'test']);
        expect(there).toEqual({ names: images.names, sha256: await sha256(images.bytes) });
      }
    }
  });

  it('leaves nothing of a cancelled import', async () => {
    const before = await digest();
    expect(await data.page.evaluate(() => window.data.importAndCancel('/shared/data/tiny-imagenet-mini.zip', 2))).toBe('AbortError');
    expect(await digest()).toBe(before);
  });

  it('keeps what is stored over a reload', async () => {
    await corrupt(['good.zip']);
    const before = await digest();
    await data.page.reload();
    await data.page.waitForFunction(() => 'data' in window);
    expect(await digest()).toBe(before);
  });

  it('imports in two tabs at once without mixing anything up', async () => {
    const other = await data.newTab();
    const [first, second, third] = await Promise.all([
      corrupt(['good.zip']),
      other.evaluate(() => window.data.import(['/shared/data/corrupt/good.zip'])),
      other.evaluate(() => window.data.import(['/shared/data/corrupt/stored-zip64.zip'])),
    ]);
    await other.close();
    const reports = [first, second, third].map((result) => result.report);
    // The same file twice is stored once; another file with the same images is another dataset.
    expect(reports.map((r) => r?.dataset?.classes.map((c) => c.trainCount))).toEqual([[4, 4, 4], [4, 4, 4], [4, 4, 4]]);
    expect(reports[0]?.dataset?.id).toBe(reports[1]?.dataset?.id);
    expect(reports.filter((r) => r?.alreadyStored)).toHaveLength(1);
    expect((await data.page.evaluate(() => window.data.keys())).filter((key) => key.startsWith('dataset/'))).toHaveLength(2);
  });
});

describe('from a server of another origin, in Chromium', () => {
  let server: FileServer;
  beforeAll(async () => {
    server = await serveFiles(new Map(['tiny-imagenet-mini-train.parquet', 'tiny-imagenet-mini-valid.parquet', 'corrupt/good.zip'].map((name) => [name.replace('corrupt/', ''), readShared(`data/${name}`)])));
  });
  afterAll(() => server?.close());
  beforeEach(() => data.page.evaluate(() => window.data.clear()));
  const importUrl = (text: string) => data.page.evaluate((address) => window.data.importUrl(address), text);

  it.each(['good', 'redirect', 'no-ranges', '503-every-other', 'cut-in-the-middle'])('Parquet comes whole: %s', async (how) => {
    const { report, error } = await importUrl(`${server.url}/${how}/tiny-imagenet-mini-train.parquet ${server.url}/${how}/tiny-imagenet-mini-valid.parquet`);
    expect(error).toBeNull();
    expect(report?.dataset?.classes.reduce((sum, c) => sum + c.trainCount + c.testCount, 0)).toBe(2800);
  });

  it('a zip comes by ranges', async () => {
    expect((await importUrl(`${server.url}/good/good.zip`)).report?.dataset?.classes).toHaveLength(3);
  });

  it('tells a refusal of the browser from a dead line', async () => {
    const before = await digest();
    expect(await importUrl(`${server.url}/no-cors/good.zip`)).toMatchObject({ error: { code: 'network', message: expect.stringContaining('(CORS)') as string } });
    const gone = await serveFiles(new Map());
    await gone.close();
    expect(await importUrl(`${gone.url}/good/good.zip`)).toMatchObject({ error: { code: 'network', message: expect.stringContaining('no connection') as string } });
    expect(await digest()).toBe(before);
  });
});

describe('pixels in Chromium', () => {
  const decode = (bytes: Uint8Array, size: number) =>
    data.page.evaluate(([list, s]) => window.data.decode(Uint8Array.from(list), s), [Array.from(bytes), size] as [number[], number]);

  it('are Pillow’s, bit for bit', async () => {
    const expected = referenceTensors('small', 'inputs.safetensors');
    for (const name of ['n01443537_0.JPEG', 'n01698640_91.JPEG', 'n01774384_0.JPEG', 'n01774750_70.JPEG']) {
      const { rgb } = await decode(readFileSync(sharedPath(`reference/small/images/${name}`)), 64);
      expect(rgb, name).toEqual(Array.from(expected.get(`jpeg/${name}`)!.values));
    }
  });

  it('are the runner’s, bit for bit, of 400 images', async () => {
    await data.page.evaluate(() => window.data.clear());
    const { report } = await importUrls(['/shared/data/tiny-imagenet-mini.zip']);
    const here = await data.page.evaluate((id) => window.data.pixelDigests(id), report!.dataset!.id);
    const { store } = memoryStore();
    const { dataset } = await importFiles([{ path: 'z.zip', source: bytesSource('z.zip', readShared('data/tiny-imagenet-mini.zip')) }], store);
    const [reader, decoder] = [await store.reader(dataset!.id), sharpDecoder(fitPixels)];
    for (const { id } of dataset!.classes) {
      const images = await reader.readClass(id, 'test');
      const pixels = await Promise.all(images.names.map((_, k) => decoder.decode(images.bytes.subarray(images.offsets[k], images.offsets[k + 1]), 64)));
      expect(here[id], id).toBe(await sha256(new Uint8Array(Buffer.concat(pixels.map(({ rgb }) => rgb)))));
    }
  });

  it.each(JPEGS)('of a JPEG of $width × $height, $subsampling, quality $quality, are the runner’s', async ({ width, height, make }) => {
    const bytes = new Uint8Array(await make());
    const size = Math.max(width, height);
    const { rgb } = await decode(bytes, size);
    expect(Buffer.compare(Uint8Array.from(rgb!), (await sharpDecoder(fitPixels).decode(bytes, size)).rgb)).toBe(0);
  });

  it.each(PICTURES)('draw $what', async ({ make, expected, tolerance }) => {
    const { rgb } = await decode(await make(), 4);
    expect(rgb).toHaveLength(48);
    rgb!.forEach((value, i) => expect(Math.abs(value - expected[i]!), `byte ${i}: ${value}, expected ${expected[i]}`).toBeLessThanOrEqual(tolerance));
  });

  it('are the runner’s of a CMYK picture', async () => {
    const bytes = await CMYK_PICTURE();
    const { rgb: here } = await decode(bytes, 4);
    const { rgb } = await sharpDecoder(fitPixels).decode(bytes, 4);
    rgb.forEach((value, i) => expect(Math.abs(value - here![i]!), `byte ${i}`).toBeLessThanOrEqual(3));
  });

  it('are refused where there are none', async () => {
    expect(await decode(new TextEncoder().encode('no image'), 4)).toMatchObject({ error: { code: 'image-invalid' } });
  });

  it('of the built-in dataset are those of Node', async () => {
    expect(await data.page.evaluate(() => window.data.builtinDigest())).toBe('37adaa31344afd87e59bf7f225e33fd25acb84b1f335dac6e1d45c48e8c0d03b');
  });
});
