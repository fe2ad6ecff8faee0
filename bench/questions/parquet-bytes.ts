import { readFileSync } from 'node:fs';
import { importImages } from '../../src/data/import-images.ts';
import { importUrl } from '../../src/data/import-url.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import { httpSource } from '../../src/data/sources/http-source.ts';
import { parquetSource } from '../../src/data/sources/parquet.ts';
import { exportShards } from '../../src/session/shard-export.ts';
import { bytesSource, memoryBlobs, memoryStore } from '../../tests/data/memory-store.ts';
import { serveFiles } from '../../tests/data/misbehaving-server.ts';
import { sampleOf } from '../harness/compare.ts';
import { boundedRow, type BenchRow } from '../harness/row.ts';
import { sharedFile } from '../harness/shared.ts';

export const question = 'How many bytes does a Parquet server send, for one of the bytes of the row groups that are needed?';

const PARQUET = ['train', 'valid'].map((split) => `tiny-imagenet-mini-${split}.parquet`);
const CLASSES = ['n02099712', 'n02106662', 'n02123045'];

export async function run(): Promise<BenchRow[]> {
  return [await fewClasses(), await firstTask()];
}

async function fewClasses(): Promise<BenchRow> {
  const server = await serveFiles(new Map(PARQUET.map((name) => [name, new Uint8Array(readFileSync(sharedFile(`data/${name}`)))])));
  try {
    const files = await Promise.all(PARQUET.map((name) => httpSource(`${server.url}/good/${name}`)));
    const source = await parquetSource(files, { kind: 'named', ids: CLASSES });
    const footers = files.reduce((sum, file) => sum + file.bytesReceived, 0);
    await importImages(memoryStore().store, source);
    const received = files.reduce((sum, file) => sum + file.bytesReceived, 0) - footers;
    return boundedRow(question, 'the row groups themselves', { atMost: 1.05 }, sampleOf([received / source.bytesTotal]), sampleOf([1]), 'HTTP in Node', 'bytes a byte, footer aside');
  } finally {
    await server.close();
  }
}

async function firstTask(): Promise<BenchRow> {
  const shards = new Map<string, Uint8Array>();
  const zip = bytesSource('mini.zip', new Uint8Array(readFileSync(sharedFile('data/tiny-imagenet-mini.zip'))));
  await exportShards([{ path: zip.name, source: zip }], memoryBlobs(), memoryLocks(), {
    split: { tasks: 4, classesPerTask: 10, seed: 0, split: 'random', manualTasks: null },
    write: async (file, bytes) => void shards.set(file, bytes),
  });
  const server = await serveFiles(shards);
  try {
    let share = 0;
    let atListing = 1;
    await importUrl(`${server.url}/good/`, memoryStore().store, {
      onProgress: ({ bytesDone, bytesTotal }) => (share = bytesDone / bytesTotal),
      onListed: () => (atListing = Math.min(atListing, share)),
    });
    return boundedRow('How much of a stream of four tasks has arrived when the first can be trained?', 'the whole stream', { atMost: 0.6 }, sampleOf([atListing]), sampleOf([1]), 'HTTP in Node', 'of the stream');
  } finally {
    await server.close();
  }
}
