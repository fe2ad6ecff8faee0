import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { importFiles } from '../../src/data/import-files.ts';
import { importImages } from '../../src/data/import-images.ts';
import { ImageStore } from '../../src/data/image-store.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import { digestSha256, sha256 } from '../../src/data/sha256.ts';
import { zipSource } from '../../src/data/sources/zip.ts';
import { fileBlobStore } from '../../src/platform/node/file-blob-store.ts';
import { fileLocks } from '../../src/platform/node/file-locks.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, dieAtWrite, digestOf, memoryBlobs, memoryStore, sameSnapshot, snapshot } from './memory-store.ts';

const mini = () => bytesSource('tiny-imagenet-mini.zip', readShared('data/tiny-imagenet-mini.zip'));
const zip = (name: string) => [{ path: name, source: bytesSource(name, readShared(`data/corrupt/${name}`)) }];

describe('the catalogue', () => {
  it('lists, renames and deletes', async () => {
    const { store, blobs } = memoryStore();
    const { dataset } = await importFiles(zip('good.zip'), store);
    expect(dataset).toMatchObject({ id: 'tiny-imagenet', name: 'Tiny-ImageNet (3 classes)', kind: 'tiny-imagenet', source: 'good.zip', imageSize: 64, uniform: true, channels: 3 });
    expect(dataset!.sizeBytes).toBe((await Promise.all(dataset!.classes.map(async (c) => (await (await store.reader('tiny-imagenet')).readClass(c.id, 'train')).bytes.length + (await (await store.reader('tiny-imagenet')).readClass(c.id, 'test')).bytes.length))).reduce((a, b) => a + b));
    expect(dataset!.classes[1]!.name).toBe('koala, koala bear, kangaroo bear, native bear, Phascolarctos cinereus');
    await store.rename('tiny-imagenet', ' Three classes ');
    expect((await store.list()).map((d) => d.name)).toEqual(['Three classes']);
    await expect(store.rename('tiny-imagenet', '  ')).rejects.toMatchObject({ code: 'config-range' });
    await expect(store.reader('other')).rejects.toMatchObject({ code: 'data-missing', message: expect.stringContaining('stored: tiny-imagenet') as string });
    await store.remove('tiny-imagenet');
    await store.remove('tiny-imagenet');
    expect(blobs.map.size).toBe(0);
  });

  it('gives every dataset an id and name of its own', async () => {
    const { store } = memoryStore();
    await importFiles(zip('good.zip'), store);
    await importFiles(zip('no-top-folder.zip'), store);
    const { dataset } = await importFiles(zip('stored-zip64.zip'), store, { name: 'My Ünïcode / data' });
    expect((await store.list()).map((d) => d.id)).toEqual(['tiny-imagenet', 'tiny-imagenet-2', 'my-u-ni-code-data']);
    expect(dataset!.name).toBe('My Ünïcode / data');
  });

  it('knows the same file again', async () => {
    const { store, blobs } = memoryStore();
    const first = await importFiles(zip('good.zip'), store);
    const before = snapshot(blobs);
    const second = await importFiles(zip('good.zip'), store);
    expect([first.alreadyStored, second.alreadyStored]).toEqual([false, true]);
    expect(second.dataset).toEqual(first.dataset);
    expect(sameSnapshot(snapshot(blobs), before)).toBe(true);
  });

  it('notices images that are not what was stored, or gone', async () => {
    const { store, blobs } = memoryStore();
    const { dataset } = await importFiles(zip('good.zip'), store);
    const reader = await store.reader(dataset!.id);
    const [key] = [...blobs.map.keys()].filter((k) => k.startsWith('images/'));
    const part = blobs.map.get(key!) as { bytes: Uint8Array };
    part.bytes[100]! ^= 1;
    const reads = () => Promise.all(dataset!.classes.flatMap((c) => [reader.readClass(c.id, 'train'), reader.readClass(c.id, 'test')]));
    await expect(reads()).rejects.toMatchObject({ code: 'data-mismatch', message: expect.stringContaining('SHA-256') as string });
    blobs.map.set(key!, { bytes: 'nonsense' });
    await expect(reads()).rejects.toMatchObject({ code: 'storage-failed' });
    blobs.map.delete(key!);
    await expect(reads()).rejects.toMatchObject({ code: 'data-missing' });
  });

  it('reads no more of a class than it must for a few images', async () => {
    const { store } = memoryStore();
    const { dataset } = await importImages(store, await zipSource(mini()));
    const images = await (await store.reader(dataset!.id)).readClass('n01784675', 'train', 5);
    expect(images.offsets).toHaveLength(6);
    expect(images.names).toHaveLength(5);
  });
});

describe('an import that does not end', () => {
  it.each([0, 1, 2, 20, 45, 79, 81])('goes on after a reload at write %i, and comes out the same', async (writes) => {
    const whole = memoryStore();
    const expected = (await importImages(whole.store, await zipSource(mini()))).dataset!;

    const blobs = memoryBlobs();
    const locks = memoryLocks();
    await expect(importImages(new ImageStore(dieAtWrite(blobs, writes), locks), await zipSource(mini()))).rejects.toThrow('the page is gone');
    const store = new ImageStore(blobs, locks);
    expect(await store.list()).toEqual([]);
    const unfinished = await store.unfinished();
    expect(unfinished.map(({ source }) => source)).toEqual(writes > 0 ? ['tiny-imagenet-mini.zip'] : []);
    expect(await store.cleanUp()).toBe(0);

    const again = mini();
    const report = await importImages(store, await zipSource(again));
    if (writes > 40) {
      expect(report.resumedImages).toBeGreaterThanOrEqual(400);
      expect(again.bytesRead).toBeLessThan(readShared('data/tiny-imagenet-mini.zip').length * 1.1);
    }
    const { importedAt: _a, ...facts } = report.dataset!;
    const { importedAt: _b, ...wanted } = expected;
    expect(facts).toEqual(wanted);
    expect(await digestOf(store, facts.id)).toBe(await digestOf(whole.store, wanted.id));
    expect([...blobs.map.keys()].filter((key) => key.startsWith('import/'))).toEqual([]);
    expect(await store.cleanUp()).toBe(0);
  });

  it('is dropped when asked to, or when two weeks old', async () => {
    const blobs = memoryBlobs();
    const locks = memoryLocks();
    const store = new ImageStore(blobs, locks);
    const interrupt = async () => expect(importImages(new ImageStore(dieAtWrite(blobs, 10), locks), await zipSource(mini()))).rejects.toThrow();
    await interrupt();
    expect(await store.discard((await store.unfinished())[0]!.storage)).toBe(true);
    expect(blobs.map.size).toBe(0);
    await interrupt();
    expect(await store.cleanUp(Date.now() + 13 * 86_400_000)).toBe(0);
    expect(await store.cleanUp(Date.now() + 15 * 86_400_000)).toBe(1);
    expect(blobs.map.size).toBe(0);
  });

  it('leaves orphans that are found and deleted, and nothing else is', async () => {
    const { store, blobs } = memoryStore();
    await importFiles(zip('good.zip'), store);
    const before = snapshot(blobs);
    blobs.map.set('images/deadbeef/0', { bytes: new Uint8Array(3) });
    blobs.map.set('import/deadbeef/0', {});
    blobs.map.set('runs/1', 'a run');
    expect(await store.cleanUp()).toBe(2);
    blobs.map.delete('runs/1');
    expect(sameSnapshot(snapshot(blobs), before)).toBe(true);
  });

  it('is not tidied away under a running import', async () => {
    const { store, blobs } = memoryStore();
    let cleaned = 0;
    const report = await importImages(store, await zipSource(mini()), { onProgress: () => void store.cleanUp(Date.now() + 1e12).then((count) => (cleaned += count)) });
    expect(report.dataset!.classes).toHaveLength(40);
    expect(cleaned).toBe(0);
    expect(await digestOf(store, report.dataset!.id)).toHaveLength(64);
    expect(blobs.map.size).toBe(81);
  });

  it('leaves every key as it was when it is cancelled or fails', async () => {
    const { store, blobs } = memoryStore();
    await importFiles(zip('good.zip'), store);
    const before = snapshot(blobs);
    const controller = new AbortController();
    let reports = 0;
    const cancelled = importImages(store, await zipSource(mini()), { signal: controller.signal, onProgress: () => void (++reports === 3 && controller.abort()) });
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(sameSnapshot(snapshot(blobs), before)).toBe(true);

    const whole = mini();
    let slices = 0;
    const failing = { ...whole, slice: async (start: number, end: number) => (slices > 0 && ++slices > 3 ? new Uint8Array(0) : whole.slice(start, end)) };
    const source = await zipSource(failing);
    slices = 1;
    await expect(importImages(store, source)).rejects.toMatchObject({ code: 'file-truncated' });
    expect(sameSnapshot(snapshot(blobs), before)).toBe(true);
  });

  it('waits while it is paused', async () => {
    const { store } = memoryStore();
    let resume: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (resume = resolve));
    let paused = 0;
    let done = false;
    const importing = importImages(store, await zipSource(mini()), { whilePaused: () => (++paused === 2 ? gate : Promise.resolve()) }).then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([paused, done]).toEqual([2, false]);
    resume();
    await importing;
  });
});

describe('storage that runs out', () => {
  const limited = (limit: number) => {
    const { store, blobs } = memoryStore();
    let used = 0;
    blobs.beforeWrite = (keys) => {
      if (!keys.some((key) => key.startsWith('images/'))) return;
      if (++used > limit) throw new LabError('storage-full', 'The browser’s storage is full: 3 MB missing.', 'Delete a dataset.');
    };
    return { store, blobs };
  };

  it('leaves what is complete, says so, and takes the rest another time', async () => {
    // Forty classes of test images come first, then one class of training images after another.
    const { store, blobs } = limited(40 + 7);
    const report = await importImages(store, await zipSource(mini()));
    expect(report.incomplete).toMatchObject({ code: 'storage-full', message: expect.stringContaining('3 MB missing') as string });
    expect(report.dataset).toMatchObject({ name: 'Tiny-ImageNet (7 classes), incomplete' });
    expect(report.dataset!.classes.map((c) => [c.trainCount, c.testCount])).toEqual(new Array(7).fill([60, 10]));
    expect([...blobs.map.keys()].filter((key) => key.startsWith('images/'))).toHaveLength(14);
    expect(await digestOf(store, report.dataset!.id)).toHaveLength(64);
    blobs.beforeWrite = () => undefined;
    expect((await importImages(store, await zipSource(mini()))).dataset!.classes).toHaveLength(40);
  });

  it('leaves nothing where not even two classes fit', async () => {
    const { store, blobs } = limited(41);
    await expect(importImages(store, await zipSource(mini()))).rejects.toMatchObject({ code: 'storage-full' });
    expect(blobs.map.size).toBe(0);
  });
});

describe('a store in files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mas-lab-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps what a map keeps', async () => {
    const blobs = await fileBlobStore(folder);
    const value = { text: 'é', bytes: Uint8Array.of(1, 2), offsets: Uint32Array.of(3), nested: [new Map([['a', 1]])] };
    await blobs.set('dataset/a b/info', value);
    await blobs.setMany([['x', 1], ['y/ü', 'two']]);
    expect(await blobs.get('dataset/a b/info')).toEqual(value);
    expect((await blobs.keys()).toSorted()).toEqual(['dataset/a b/info', 'x', 'y/ü']);
    await blobs.delete(['x', 'never']);
    expect(await blobs.get('x')).toBeUndefined();
    const other = await fileBlobStore(folder);
    expect(await other.get('y/ü')).toBe('two');
  });

  it('imports and reads, and leaves no other files', async () => {
    const store = new ImageStore(await fileBlobStore(folder), fileLocks(join(folder, 'locks')));
    const { dataset } = await importFiles(zip('good.zip'), store);
    const memory = memoryStore();
    const there = (await importFiles(zip('good.zip'), memory.store)).dataset!;
    expect(await digestOf(store, dataset!.id)).toBe(await digestOf(memory.store, there.id));
    await store.remove(dataset!.id);
    expect(await readdir(folder)).toEqual(['locks']);
    expect(await readdir(join(folder, 'locks'))).toEqual([]);
  });

  it('finishes what a crash has left half renamed', async () => {
    await writeFile(join(folder, 'p-0.new'), serialize('first'));
    await writeFile(join(folder, 'second.value'), serialize('second'));
    await writeFile(join(folder, 'p.commit'), JSON.stringify([['p-0.new', 'first.value'], ['p-1.new', 'second.value']]));
    const blobs = await fileBlobStore(folder);
    expect([await blobs.get('first'), await blobs.get('second')]).toEqual(['first', 'second']);
    expect((await readdir(folder)).toSorted()).toEqual(['first.value', 'second.value']);
  });

  it('says so where it cannot be', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(fileBlobStore(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'storage-failed' });
  });
});

describe.each([
  ['in memory', async () => ({ locks: memoryLocks(), end: async () => undefined })],
  [
    'in files',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'mas-lab-locks-'));
      return { locks: fileLocks(folder), end: () => rm(folder, { recursive: true, force: true }) };
    },
  ],
])('locks %s', (_, make) => {
  it('let one at a time, also after one has failed', async () => {
    const { locks, end } = await make();
    let inside = 0;
    let most = 0;
    const work = async (fails: boolean): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
      if (fails) throw new Error('work failed');
    };
    const results = await Promise.allSettled([true, false, false].map((fails) => locks.exclusive('a', () => work(fails))));
    expect(most).toBe(1);
    expect(results.map((r) => r.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await locks.exclusive('a', async () => {
      expect(await locks.tryExclusive('a', async () => 1)).toBeNull();
      expect(await locks.tryExclusive('b', async () => 2)).toBe(2);
    });
    expect(await locks.tryExclusive('a', async () => 3)).toBe(3);
    await end();
  });
});

it('locks in files are taken over from a process that has died', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mas-lab-locks-'));
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  await writeFile(join(folder, 'a.lock'), String(child.pid));
  expect(await fileLocks(folder).tryExclusive('a', async () => 'mine')).toBe('mine');
  await rm(folder, { recursive: true, force: true });
});

it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])('SHA-256 of %i bytes is the same with and without the platform', async (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
  expect(Array.from(digestSha256(bytes), (b) => b.toString(16).padStart(2, '0')).join('')).toBe(await sha256(bytes));
});
