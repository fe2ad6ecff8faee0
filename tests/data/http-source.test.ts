import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { importImages } from '../../src/data/import-images.ts';
import { httpSource } from '../../src/data/sources/http-source.ts';
import { parquetSource } from '../../src/data/sources/parquet.ts';
import { readShared } from '../helpers/shared.ts';
import { memoryStore } from './memory-store.ts';
import { serveFiles, type FileServer } from './misbehaving-server.ts';

const NUMBERS = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) ^ (i >> 8));
let server: FileServer;
beforeAll(async () => {
  server = await serveFiles(
    new Map([
      ['numbers.bin', NUMBERS],
      ['train.parquet', readShared('data/tiny-imagenet-mini-train.parquet')],
      ['valid.parquet', readShared('data/tiny-imagenet-mini-valid.parquet')],
    ]),
  );
});
afterAll(() => server.close());

const pauses: number[] = [];
const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
const open = (how: string, file = 'numbers.bin') => httpSource(`${server.url}/${how}/${file}`, { sleep });
const failure = async (work: Promise<unknown>): Promise<LabError> => {
  const error: unknown = await work.then(() => null, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
};

describe('a file on a server', () => {
  it.each([
    'good', 'no-ranges', 'redirect', 'expiring-redirect', '429-first', '503-every-other', 'cut-in-the-middle', 'short-bodies', 'wrong-range-first', 'hidden-size',
  ])('is read right: %s', async (how) => {
    const source = await open(how);
    expect([source.size, source.name]).toEqual([NUMBERS.length, 'numbers.bin']);
    for (const [start, end] of [[0, 10], [99_990, 100_000], [40_000, 90_000], [5, 5], [0, 100_000], [99_999, 200_000]] as const) {
      const bytes = await source.slice(start, end);
      expect(Buffer.compare(bytes, NUMBERS.subarray(start, end)), `${start} to ${end}`).toBe(0);
    }
  });

  it('asks a server that knows no ranges only once', async () => {
    const source = await open('no-ranges');
    await source.slice(10, 20);
    await source.slice(500, 600);
    expect(source.requests).toBe(1);
    expect(source.bytesReceived).toBe(NUMBERS.length);
  });

  it('asks again only for what is missing after a connection broke', async () => {
    const source = await open('cut-in-the-middle', 'train.parquet');
    const bytes = await source.slice(0, source.size);
    expect(bytes.length).toBe(source.size);
    const again = await source.slice(0, source.size);
    expect(Buffer.compare(bytes, again)).toBe(0);
    expect(source.bytesReceived).toBeLessThanOrEqual(2 * source.size + 1);
  });

  it('waits as long as the server says, and longer from time to time', async () => {
    pauses.length = 0;
    const source = await httpSource(`${server.url}/429-first/train.parquet`, { sleep });
    expect(source.size).toBeGreaterThan(0);
    expect(pauses).toEqual([7000, 7000]);
    pauses.length = 0;
    await failure(open('500-always'));
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it.each([
    ['500-always', 'network', /numbers\.bin: the server answers 500.*6 times/],
    ['cut-always', 'network', /connection|sent 0 of/],
    ['too-long-always', 'network', /more than the 1 bytes/],
    ['404', 'network', /404/],
    ['403', 'network', /403/],
  ] as const)('is given up: %s', async (how, code, message) => {
    const error = await failure(open(how));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it.each(['changing', 'growing'])('is not mixed from two versions: %s', async (how) => {
    const source = await open(how, 'valid.parquet');
    await source.slice(0, 10);
    await source.slice(0, 10);
    const error = await failure(source.slice(0, 10));
    expect(error.code).toBe('data-mismatch');
    expect(error.message).toMatch(/changed while it was read/);
  });

  it('is given up when nobody listens', async () => {
    const gone = await serveFiles(new Map());
    await gone.close();
    const error = await failure(httpSource(`${gone.url}/good/x`, { sleep }));
    expect(error.code).toBe('network');
    expect(error.message).toMatch(/no connection/);
  });

  it('stops at once when told to, in the middle of a pause too', async () => {
    const stop = new AbortController();
    const opening = httpSource(`${server.url}/500-always/numbers.bin`, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('Parquet from a server', () => {
  const sources = (how: string) => Promise.all(['train.parquet', 'valid.parquet'].map((file) => open(how, file)));

  it.each(['good', 'redirect', '503-every-other', 'no-ranges', 'cut-in-the-middle'])('comes whole: %s', async (how) => {
    const { store } = memoryStore();
    const { dataset } = await importImages(store, await parquetSource(await sources(how)));
    expect(dataset!.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(2400);
    expect(dataset!.classes.reduce((sum, c) => sum + c.testCount, 0)).toBe(400);
  });

  it('costs at most 1.05 times the bytes of the rows needed and the footer', async () => {
    const files = await sources('good');
    const footers = files.reduce((sum, file) => sum + file.size, 0);
    const source = await parquetSource(files, { kind: 'named', ids: ['n02099712', 'n02106662', 'n02123045'] });
    const afterFooters = files.reduce((sum, file) => sum + file.bytesReceived, 0);
    expect(afterFooters).toBeLessThan(0.02 * footers);
    await importImages(memoryStore().store, source);
    const rows = files.reduce((sum, file) => sum + file.bytesReceived, 0) - afterFooters;
    expect(rows).toBeLessThanOrEqual(1.05 * source.bytesTotal);
  });

  it('goes on where it stopped, without asking again for what is stored', async () => {
    const { store, blobs } = memoryStore();
    const stopAt = 6;
    const dying = await Promise.all(
      ['train.parquet', 'valid.parquet'].map(async (file) => {
        const source = await open('good', file);
        let slices = 0;
        return {
          name: source.name,
          size: source.size,
          slice: async (start: number, end: number) => {
            if (file.startsWith('train') && ++slices > stopAt) throw new LabError('network', 'the line went dead', '');
            return source.slice(start, end);
          },
        };
      }),
    );
    const error = await failure(importImages(store, await parquetSource(dying)));
    expect(error.message).toBe('the line went dead');
    expect(await store.list()).toEqual([]);
    expect(await store.unfinished()).toHaveLength(1);

    const files = await sources('good');
    const report = await importImages(store, await parquetSource(files));
    expect(report.resumedImages).toBeGreaterThan(400);
    expect(report.dataset!.classes.reduce((sum, c) => sum + c.trainCount + c.testCount, 0)).toBe(2800);
    expect(files.reduce((sum, file) => sum + file.bytesReceived, 0)).toBeLessThan(0.8 * files.reduce((sum, file) => sum + file.size, 0));
    expect(await store.unfinished()).toEqual([]);
    expect([...blobs.map.keys()].filter((key) => key.startsWith('import/'))).toEqual([]);
  });
});
