import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { importFiles } from '../../src/data/import-files.ts';
import { importUrl } from '../../src/data/import-url.ts';
import { loadTask } from '../../src/data/image-set.ts';
import { writeShard } from '../../src/data/shard-file.ts';
import { parseManifest, type ShardsManifest, type ShardTask } from '../../src/data/sources/shards-manifest.ts';
import type { DatasetInfo, ImageDecoder } from '../../src/data/types.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
import { serveFiles, type FileServer } from './misbehaving-server.ts';

const files = new Map<string, Uint8Array>();
const original = memoryStore();
let info: DatasetInfo;
let manifest: ShardsManifest;
let server: FileServer;

/** Four tasks of two classes, written as `npm run data` does. */
beforeAll(async () => {
  const zip = bytesSource('tiny-imagenet-mini.zip', readShared('data/tiny-imagenet-mini.zip'));
  info = (await importFiles([{ path: zip.name, source: zip }], original.store)).dataset!;
  const reader = await original.store.reader(info.id);
  const ids = info.classes.map((c) => c.id);
  const tasks: ShardTask[] = [];
  for (let t = 0; t < 4; t++) {
    const classes = info.classes.slice(t * 2, t * 2 + 2);
    const write = async (split: 'train' | 'test') => {
      const parts = await Promise.all(classes.map(async ({ id }) => ({ id, label: ids.indexOf(id), images: await reader.readClass(id, split) })));
      const { bytes, shard } = await writeShard(`task-${t + 1}-${split}.parquet`, parts, ids);
      files.set(shard.file, bytes);
      return shard;
    };
    tasks.push({ classes, train: await write('train'), test: await write('test') });
  }
  manifest = {
    format: 'mas-lab-shards', version: 1, name: 'Mini shards', source: 'tiny-imagenet-mini.zip', licence: 'for tests',
    split: { kind: 'ordered', seed: 0, tasks: 4, classesPerTask: 2 }, tasks,
  };
  server = await serveFiles(files);
});
afterAll(() => server?.close());

const setManifest = (value: unknown) => files.set('manifest.json', new TextEncoder().encode(JSON.stringify(value)));
beforeEach(() => setManifest(manifest));
const pauseless = { sleep: async () => undefined };
const address = (how = 'good') => `${server.url}/${how}/`;

describe('shards of tasks', () => {
  it('import to the same images as the zip they were written from', async () => {
    const { store } = memoryStore();
    const { dataset } = await importUrl(address(), store);
    expect(dataset).toMatchObject({ kind: 'shards', name: 'Mini shards', source: `${address()}manifest.json`, tasks: manifest.tasks.map((t) => t.classes.map((c) => c.id)) });
    expect(dataset).not.toHaveProperty('arriving');
    expect(dataset!.classes).toEqual(info.classes.slice(0, 8));
    const [here, there] = [await store.reader(dataset!.id), await original.store.reader(info.id)];
    for (const { id } of dataset!.classes) {
      for (const split of ['train', 'test'] as const) {
        const [a, b] = [await here.readClass(id, split), await there.readClass(id, split)];
        expect(a.names).toEqual(b.names);
        expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
      }
    }
  });

  it('give the first task before 60 % has arrived, and later ones as they come', async () => {
    const { store } = memoryStore();
    const decoder: ImageDecoder = { decode: async (bytes, size) => ({ width: size, height: size, rgb: new Uint8Array(size * size * 3).fill(bytes.length & 255) }) };
    let tellListed: (dataset: DatasetInfo) => void;
    const whenListed = new Promise<DatasetInfo>((resolve) => (tellListed = resolve));
    let share = 0;
    let atListing = 0;
    const importing = importUrl(address(), store, {
      onProgress: ({ bytesDone, bytesTotal }) => (share = bytesDone / bytesTotal),
      onListed: (dataset) => {
        atListing = share;
        tellListed(dataset);
      },
    });
    const listed = await whenListed;
    expect(atListing).toBeLessThan(0.6);
    expect(listed.arriving).toBe(true);
    // What is still to come may be of another size.
    expect(listed).not.toHaveProperty('uniform');
    expect((await store.list())[0]?.classes).toEqual(info.classes.slice(0, 8));
    const load = async (t: number, size = 4) => {
      const reader = await store.reader(listed.id);
      return loadTask(manifest.tasks[t]!.classes.map(({ id }) => ({ reader, classId: id })), { size, channels: 3, mayStaySmall: true, decoder });
    };
    expect((await load(0)).train.length).toBe(120);
    // Its own images are there, so their size is known.
    expect((await load(0, 224)).train.shape).toEqual([64, 64, 3]);
    // The last task is asked for while it is not there yet.
    expect((await load(3)).train.length).toBe(120);
    const { dataset } = await importing;
    expect(dataset).toMatchObject({ id: listed.id, uniform: true });
  });

  it('go on where they stopped', async () => {
    const { store } = memoryStore();
    files.delete('task-3-train.parquet');
    await expect(importUrl(address(), store, pauseless)).rejects.toMatchObject({ code: 'network' });
    expect(await store.list()).toEqual([]);
    const reader = await original.store.reader(info.id);
    const parts = await Promise.all(manifest.tasks[2]!.classes.map(async ({ id }) => ({ id, label: info.classes.findIndex((c) => c.id === id), images: await reader.readClass(id, 'train') })));
    files.set('task-3-train.parquet', (await writeShard('task-3-train.parquet', parts, info.classes.map((c) => c.id))).bytes);
    const sent = await server.countBytes();
    const report = await importUrl(address(), store, pauseless);
    expect(report.resumedImages).toBe(2 * 140 + 20);
    expect(report.dataset!.classes).toHaveLength(8);
    expect(await sent()).toBeLessThan(0.6 * [...files.values()].reduce((sum, f) => sum + f.length, 0));
  });

  it.each(['503-every-other', 'no-ranges', 'cut-in-the-middle'])('come from a server with a temper: %s', async (how) => {
    const { store } = memoryStore();
    const { dataset } = await importUrl(address(how), store, pauseless);
    expect(dataset!.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(480);
  });

  it('are refused where a byte is not the manifest’s, and leave no trace', async () => {
    const { store, blobs } = memoryStore();
    const shard = files.get('task-2-train.parquet')!;
    const spoilt = shard.slice();
    spoilt[Math.floor(spoilt.length / 3)]! ^= 1;
    files.set('task-2-train.parquet', spoilt);
    await expect(importUrl(address(), store)).rejects.toMatchObject({
      code: 'data-mismatch',
      message: expect.stringMatching(/^task-2-train\.parquet: the images of class n\d+ are not those of the manifest/) as string,
    });
    expect(blobs.map.size).toBe(0);
    files.set('task-2-train.parquet', shard.slice(0, -1));
    await expect(importUrl(address(), store)).rejects.toMatchObject({ message: expect.stringMatching(/the manifest says \d+ bytes, the server has \d+/) as string });
    files.set('task-2-train.parquet', shard);
  });
});

describe('parseManifest', () => {
  const wrong: readonly [string, (m: Record<string, never>) => unknown, RegExp][] = [
    ['no JSON', () => '{', /it is not JSON/],
    ['something else', () => ({ a: 1 }), /“format” is not mas-lab-shards/],
    ['null', () => null, /“format”/],
    ['a later version', (m) => ({ ...m, version: 2 }), /version 2/],
    ['no tasks', (m) => ({ ...m, tasks: [] }), /no tasks/],
    ['a path for a file', (m) => ({ ...m, tasks: [{ ...manifest.tasks[0], train: { ...manifest.tasks[0]!.train, file: '../x' } }] }), /task 1’s train shard/],
    ['a part beyond its file', (m) => ({ ...m, tasks: [{ ...manifest.tasks[0], test: { ...manifest.tasks[0]!.test, sizeBytes: 10 } }] }), /task 1’s test shard/],
    ['a class twice', (m) => ({ ...m, tasks: [manifest.tasks[0], manifest.tasks[0]] }), /comes twice/],
  ];
  it.each(wrong)('refuses %s', (_, change, message) => {
    const value = change(manifest as unknown as Record<string, never>);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    expect(() => parseManifest(text, 'manifest.json')).toThrow(expect.objectContaining({ code: 'file-format', message: expect.stringMatching(message) as string }) as LabError);
  });
});

describe('importUrl', () => {
  it.each([
    ['', 'No address'],
    ['tiny imagenet', '“tiny” is not an address'],
    ['file:///etc/passwd', 'is not an address that data can be read from'],
  ])('refuses “%s”', async (text, message) => {
    await expect(importUrl(text, memoryStore().store)).rejects.toMatchObject({ code: 'config-range', message: expect.stringContaining(message) as string });
  });

  it('says what an address gives instead of data', async () => {
    files.set('page', new TextEncoder().encode('<!doctype html><title>Sign in</title>'));
    await expect(importUrl(`${server.url}/good/page`, memoryStore().store)).rejects.toMatchObject({ code: 'file-format', message: expect.stringContaining('a web page') as string });
  });

  it('reads a zip by ranges', async () => {
    files.set('good.zip', readShared('data/corrupt/good.zip'));
    const { dataset } = await importUrl(`${server.url}/good/good.zip`, memoryStore().store);
    expect(dataset!.classes).toHaveLength(3);
  });
});
