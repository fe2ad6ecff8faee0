import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addClasses, parseClassChoice, takeClasses } from '../../src/data/class-choice.ts';
import { importFiles } from '../../src/data/import-files.ts';
import { importUrl } from '../../src/data/import-url.ts';
import { readShared } from '../helpers/shared.ts';
import { bytesSource, memoryStore } from './memory-store.ts';
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
  const address = (classes: string) => addClasses(FILES.map((file) => `${server.url}/good/${file}`).join(' '), classes);

  it('come by name, and little else', async () => {
    const before = server.log.bytesSent;
    const { dataset } = await importUrl(address('n01784675, n12267677'), memoryStore().store);
    expect(dataset!.classes.map(({ id, trainCount, testCount }) => [id, trainCount, testCount])).toEqual([['n01784675', 60, 10], ['n12267677', 60, 10]]);
    expect(server.log.bytesSent - before).toBeLessThan(whole / 2);
  });

  it('come by number, the first of them', async () => {
    const { store } = memoryStore();
    const { dataset } = await importUrl(address('3'), store);
    expect(dataset!.classes).toHaveLength(3);
    expect(dataset!.name).toBe('Tiny-ImageNet (3 classes)');
    expect((await importUrl(address('3'), store)).alreadyStored).toBe(true);
    // Another choice is another dataset.
    expect((await importUrl(address('4'), store)).dataset!.classes).toHaveLength(4);
  });

  it('are refused by name where the file does not know them, and where it cannot be read by class', async () => {
    const { store, blobs } = memoryStore();
    await expect(importUrl(address('n99999999'), store)).rejects.toMatchObject({ code: 'data-missing', message: expect.stringContaining('has no class “n99999999”') as string });
    await expect(importUrl(addClasses(`${server.url}/good/good.zip`, '2'), store)).rejects.toMatchObject({ code: 'config-conflict' });
    expect(blobs.map.size).toBe(0);
  });
});

it('files on the disk are read by class too', async () => {
  const files = FILES.map((name) => ({ path: name, source: bytesSource(name, readShared(`data/${name}`)) }));
  const { dataset } = await importFiles(files, memoryStore().store, { classes: parseClassChoice('2') });
  expect(dataset!.classes.map((c) => [c.trainCount, c.testCount])).toEqual([[60, 10], [60, 10]]);
});
