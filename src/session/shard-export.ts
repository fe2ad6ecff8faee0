/** Cutting a dataset into tasks and writing each as shards that a page can stream. */
import { LabError } from '../core/errors.ts';
import { importFiles, type GivenFile } from '../data/import-files.ts';
import { ImageStore } from '../data/image-store.ts';
import type { Locks } from '../data/locks.ts';
import { writeShard, type ShardClass } from '../data/shard-file.ts';
import { MANIFEST_FORMAT, MANIFEST_NAME, type ShardFile, type ShardsManifest, type ShardTask } from '../data/sources/shards-manifest.ts';
import { planTasks, type ClassRef, type SplitConfig } from '../data/splits.ts';
import type { BlobStore, DatasetInfo, DatasetReader, ImportProgress, Split } from '../data/types.ts';

export interface ShardExport {
  /** How to cut; the dataset is the one that the files give. */
  readonly split: Omit<SplitConfig, 'dataset'>;
  /** Takes each file as it is done; the manifest comes last. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Told what was read, before anything is written. */
  readonly onDataset?: (dataset: DatasetInfo) => void;
  /** Told after each shard. */
  readonly onShard?: (task: number, split: Split, shard: ShardFile) => void;
}

const IMAGENET_LICENCE =
  'Images from ImageNet, whose rights belong to their owners: for non-commercial research and education only, under ImageNet’s terms of access. Do not pass them on.';

/**
 * Reads files (a zip, Parquet, a folder of images) and writes `task-<k>-train.parquet` and `task-<k>-test.parquet` for every task, k from
 * 1, and the manifest.
 * @param blobs where the images lie meanwhile
 * @throws LabError those of `importFiles` and `planTasks`; 'data-mismatch' for a dataset of pixels instead of image files
 */
export async function exportShards(files: readonly GivenFile[], blobs: BlobStore, locks: Locks, { split: cut, write, onProgress, onDataset, onShard }: ShardExport): Promise<ShardsManifest> {
  const store = new ImageStore(blobs, locks);
  const { dataset, note } = await importFiles(files, store, onProgress ? { onProgress } : {});
  if (!dataset) throw new LabError('data-missing', note ?? 'The files give no dataset.', 'Name the folder that holds all of them.');
  onDataset?.(dataset);
  const config: SplitConfig = { ...cut, dataset: dataset.id };
  const plan = planTasks([dataset], config);
  const reader = await store.reader(dataset.id);
  const { info } = reader;
  if (info.kind === 'builtin' || info.kind === 'mnist') {
    throw new LabError('data-mismatch', `“${info.name}” has pixels, not image files, so that it cannot be written as shards.`, 'Give a zip or a folder of images.');
  }
  const ids = info.classes.map(({ id }) => id).toSorted();
  const tasks: ShardTask[] = [];
  for (const [index, classes] of plan.entries()) {
    const shards: Partial<Record<Split, ShardFile>> = {};
    for (const split of ['train', 'test'] as const) {
      const file = `task-${index + 1}-${split}.parquet`;
      const { bytes, shard } = await writeShard(file, await readClasses(reader, classes, split, ids), ids);
      await write(file, bytes);
      onShard?.(index, split, shard);
      shards[split] = shard;
    }
    tasks.push({ classes: classes.map((ref) => ref.info), train: shards.train!, test: shards.test! });
  }
  const manifest: ShardsManifest = {
    format: MANIFEST_FORMAT,
    version: 1,
    name: `${info.name}, ${tasks.length} tasks`,
    source: info.source,
    licence: info.kind === 'tiny-imagenet' ? IMAGENET_LICENCE : `As ${info.source} has it.`,
    split: { kind: config.split, seed: config.seed, tasks: tasks.length, classesPerTask: config.classesPerTask },
    tasks,
  };
  await write(MANIFEST_NAME, new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`));
  return manifest;
}

function readClasses(reader: DatasetReader, classes: readonly ClassRef[], split: Split, ids: readonly string[]): Promise<ShardClass[]> {
  return Promise.all(classes.map(async ({ info }) => ({ id: info.id, label: ids.indexOf(info.id), images: await reader.readClass(info.id, split) })));
}
