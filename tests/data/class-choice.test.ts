import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addClasses, parseClassChoice, takeClasses } from '../../src/data/class-choice.ts';
import { importFiles } from '../../src/data/import-files.ts';
import { importUrl } from '../../src/data/import-url.ts';
import { readShared } from '../helpers/shared.ts';
import { ImageStore } from '../../src/data/image-store.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import { bytesSource, dieAtWrite, digestOf, memoryBlobs, memoryStore } from './memory-store.ts';
import { serveFiles, type FileServer } from './misbehaving-server.ts';

const FILES = ['tiny-imagenet-mini-train.parquet', 'tiny-imagenet-mini-valid.parquet'];
const sizes = FILES.map((name) => readShared(`data/${name}`).length);
const whole = sizes.reduce((a, b) => a + b);

describe('a choice of classes', () => {
  it('is a number, names, or nothing', () => {
    expect(parseClassChoice(' ')).toBeNull();
    expect(parseClassChoice('20')).toEqual({ kind: 'first', count: 20 });
    expect(parseClassChoice('n02, n01  n02')).toEqual({ kind: 'named', ids: ['n01', 'n02'] });
    expect(() => parseClassChoice('0')).toThrow('No classes');
  });

  it.each(['5', 'n01784675 n12267677', 'a#b, c+d é'])('%s comes back from an address, whatever is in it', (text) => {
    const { address, classes } = takeClasses(addClasses('https://a.example/x.parquet https://a.example/y.parquet', text));
    expect(address).toBe('https://a.example/x.parquet https://a.example/y.parquet');
    expect(classes).toEqual(parseClassChoice(text));
  });
});

describe('of a server, only the classes that are wanted', () => {
  let server: FileServer;
  beforeAll(async () => {
    server = await serveFiles(new Map([...FILES, 'corrupt/good.zip'].map((name) => [name.replace('corrupt/', ''), new Uint8Array(readShared(`data/${name}`))])));
  });
  afterAll(() => server?.close());
  const addresses = (classes: string) => addClasses(FILES.map((file) => `${server.url}/good/${file}`).join(' '), classes);

  it('come by name, and little else', async () => {
    const sent = await server.countBytes();
    const { dataset } = await importUrl(addresses('n01784675, n12267677'), memoryStore().store);
    expect(dataset!.classes.map(({ id, trainCount, testCount }) => [id, trainCount, testCount])).toEqual([['n01784675', 60, 10], ['n12267677', 60, 10]]);
    expect(await sent()).toBeLessThan(whole / 2);
  });

  it('come by number, the first of them', async () => {
    const { store } = memoryStore();
    const { dataset } = await importUrl(addresses('3'), store);
    expect(dataset!.classes).toHaveLength(3);
    expect(dataset!.name).toBe('Tiny-ImageNet (3 classes)');
    expect((await importUrl(addresses('3'), store)).alreadyStored).toBe(true);
    // Another choice is another dataset.
    expect((await importUrl(addresses('4'), store)).dataset!.classes).toHaveLength(4);
  });

  it.each([1, 2, 4, 5])('go on after a reload at write %i, from the address that was kept, and come out the same', async (writes) => {
    const asked = addresses('n01784675, n12267677, n02123045');
    const whole = memoryStore();
    const sentAtOnce = await server.countBytes();
    const expected = (await importUrl(asked, whole.store)).dataset!;
    const wholeBytes = await sentAtOnce();

    const [blobs, locks] = [memoryBlobs(), memoryLocks()];
    await expect(importUrl(asked, new ImageStore(dieAtWrite(blobs, writes), locks))).rejects.toThrow('the page is gone');
    const store = new ImageStore(blobs, locks);
    const [unfinished, ...others] = await store.unfinished();
    expect(others).toEqual([]);
    const sentAgain = await server.countBytes();
    const { dataset, resumedImages } = await importUrl(unfinished!.address!, store);
    expect(resumedImages).toBeGreaterThanOrEqual(10 * (writes - 1));
    // What is there already is not sent again, but for the labels that tell.
    expect(await sentAgain()).toBeLessThan(writes < 4 ? wholeBytes * 1.05 : wholeBytes * 0.9);
    const { importedAt: _a, ...facts } = dataset!;
    const { importedAt: _b, ...wanted } = expected;
    expect(facts).toEqual(wanted);
    expect(await digestOf(store, facts.id)).toBe(await digestOf(whole.store, wanted.id));
    expect([...blobs.map.keys()].filter((key) => key.startsWith('import/'))).toEqual([]);
    expect(await store.unfinished()).toEqual([]);
  });

  it('are named where the file has no images of them', async () => {
    const { dataset, note } = await importUrl(addresses('n01784675, n12267677, n02124075'), memoryStore().store);
    expect(dataset!.classes).toHaveLength(2);
    expect(note).toMatch(/has no training images of n02124075\.$/);
  });

  it('are refused by name where the file does not know them, and where it cannot be read by class', async () => {
    const { store, blobs } = memoryStore();
    await expect(importUrl(addresses('n99999999'), store)).rejects.toMatchObject({ code: 'data-missing', message: expect.stringContaining('has no class “n99999999”') as string });
    await expect(importUrl(addClasses(`${server.url}/good/good.zip`, '2'), store)).rejects.toMatchObject({ code: 'config-conflict' });
    expect(blobs.map.size).toBe(0);
  });
});

it('files on the disk are read by class too', async () => {
  const files = FILES.map((name) => ({ path: name, source: bytesSource(name, readShared(`data/${name}`)) }));
  const { dataset } = await importFiles(files, memoryStore().store, { classes: parseClassChoice('2') });
  expect(dataset!.classes.map((c) => [c.trainCount, c.testCount])).toEqual([[60, 10], [60, 10]]);
});
