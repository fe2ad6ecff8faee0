/**
 * Shards of tasks, as `npm run data` writes them, from any place that gives slices. They come task by task, so that the first can be
 * trained while later ones are on their way; every class is checked against its SHA-256 before anything of it is used.
 */
import { LabError } from '../../core/errors.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import { openParquet, readRows, rowGroups, type ParquetFile, type RowGroupPlace } from './parquet-file.ts';
import { baseName } from './paths.ts';
import type { ShardFile, ShardPart, ShardsManifest } from './shards-manifest.ts';

/** Reading again may mend what a line or a cache has spoilt. */
const READINGS = 2;

/**
 * @param open a shard by its name in the manifest
 * @param address where the manifest is, for the catalogue
 */
export async function shardsSource(manifest: ShardsManifest, address: string, open: (file: string) => Promise<ByteSource>): Promise<ImageSource> {
  const { tasks } = manifest;
  const shards = tasks.flatMap((task) => [task.test, task.train]);
  const classes = tasks.flatMap((task) => task.classes);
  return {
    kind: 'shards',
    slug: manifest.name,
    name: manifest.name,
    source: address,
    fingerprint: await sha256(new TextEncoder().encode(shards.map((shard) => shard.sha256).join())),
    classes,
    arriving: { classes, tasks: tasks.map((task) => task.classes.map(({ id }) => id)) },
    channels: 3,
    encoding: 'compressed',
    rawShape: null,
    bytesTotal: shards.flatMap(({ parts }) => parts).reduce((sum, { start, end }) => sum + end - start, 0),
    imagesTotal: shards.reduce((sum, { parts }) => sum + parts.reduce((own, { images }) => own + images, 0), 0),
    ignored: 0,
    faults: [],
    read: (stored, signal) => readShards(manifest, open, stored, signal),
  };
}

async function* readShards(
  { tasks }: ShardsManifest,
  open: (file: string) => Promise<ByteSource>,
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  let firstTag = 0;
  let bytesDone = 0;
  for (const task of tasks) {
    // Test images first: a class is complete with its last training image.
    for (const split of ['test', 'train'] as const) {
      const shard = task[split];
      let opened: { file: ParquetFile; groups: readonly RowGroupPlace[] } | null = null;
      for (const [k, part] of shard.parts.entries()) {
        signal?.throwIfAborted();
        let rows: readonly SourceImage[] = [];
        let faults: readonly Fault[] = [];
        if (stored.countTags(firstTag, firstTag + part.images) < part.images) {
          opened ??= await openShard(shard, open);
          ({ rows, faults } = await readPart(opened.file, opened.groups[k], part, split, firstTag, stored));
        }
        firstTag += part.images;
        bytesDone += part.end - part.start;
        yield { images: rows, faults, finished: [{ classId: part.classId, split }], bytesDone };
      }
    }
  }
}

async function openShard(shard: ShardFile, open: (file: string) => Promise<ByteSource>): Promise<{ file: ParquetFile; groups: readonly RowGroupPlace[] }> {
  const source = await open(shard.file);
  if (source.size !== shard.sizeBytes) {
    throw new LabError('data-mismatch', `${shard.file}: the manifest says ${shard.sizeBytes} bytes, the server has ${source.size}.`, 'The shards and their manifest are of different runs: write or upload them again.');
  }
  const file = await openParquet(source);
  return { file, groups: rowGroups(file) };
}

async function readPart(
  file: ParquetFile,
  group: RowGroupPlace | undefined,
  part: ShardPart,
  split: Split,
  firstTag: number,
  stored: Stored,
): Promise<{ rows: readonly SourceImage[]; faults: readonly Fault[] }> {
  const { source } = file;
  if (!group || group.rows !== part.images || group.range[0] < part.start || group.range[1] > part.end) {
    throw new LabError('data-mismatch', `${source.name}: the manifest does not describe this file (class ${part.classId}).`, 'Write or upload the shards and their manifest again.');
  }
  const bytes = await checkedSlice(source, part);
  const inMemory: ByteSource = { name: source.name, size: source.size, slice: async (start, end) => bytes.slice(start - part.start, end - part.start) };
  const rows = await readRows({ ...file, source: inMemory }, group);
  const faults: Fault[] = [];
  const images = rows.flatMap(({ image }, k): SourceImage[] => {
    const tag = firstTag + k;
    const where = `${source.name}, class ${part.classId}, image ${k + 1}`;
    if (!(image?.bytes instanceof Uint8Array)) {
      faults.push({ name: where, reason: 'it has no image' });
      return [];
    }
    const name = typeof image.path === 'string' && image.path !== '' ? baseName(image.path) : `row-${String(tag).padStart(8, '0')}`;
    return stored.has(part.classId, split, name, tag) ? [] : [{ classId: part.classId, split, name, label: where, tag, bytes: image.bytes }];
  });
  return { rows: images, faults };
}

async function checkedSlice(source: ByteSource, part: ShardPart): Promise<Uint8Array> {
  let found = '';
  for (let reading = 0; reading < READINGS; reading++) {
    const bytes = await source.slice(part.start, part.end);
    found = await sha256(bytes);
    if (found === part.sha256) return bytes;
  }
  throw new LabError(
    'data-mismatch',
    `${source.name}: the images of class ${part.classId} are not those of the manifest (SHA-256 ${found.slice(0, 12)}…, expected ${part.sha256.slice(0, 12)}…).`,
    'The file was damaged or exchanged on its way: write or upload the shards again.',
  );
}
