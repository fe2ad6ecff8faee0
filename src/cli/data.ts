/** `npm run data`: cuts Tiny-ImageNet (or any zip or folder of images) into tasks and writes them as shards that the page streams. */
import { mkdir, mkdtemp, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import { fileBlobStore } from '../platform/node/file-blob-store.ts';
import { fileLocks } from '../platform/node/file-locks.ts';
import { exportShards } from '../session/shard-export.ts';
import { parseArguments } from './arguments.ts';
import { download } from './download.ts';
import { givenFiles } from './given-files.ts';
import { ProgressLine } from './progress-line.ts';
import { runCommand } from './terminal.ts';

const TINY_IMAGENET = { url: 'http://cs231n.stanford.edu/tiny-imagenet-200.zip', md5: '90528d7ca1a48142e341f4ef8d21d0de' };
const DOWNLOADED = join('.cache', 'tiny-imagenet-200.zip');
const OWN_FLAGS = { zip: 'PATH', download: '', url: 'ADDRESS', out: 'DIR' };
/** What the seed's data_prep.py did. */
const SEED_SPLIT = ['--tasks', '4', '--classes-per-task', '50'];

const USAGE = `npm run data -- (--zip PATH | --download [--url ADDRESS]) [flags]

Cuts images into tasks and writes them as shards with a manifest, for the page to stream from any web server.

  --zip PATH               tiny-imagenet-200.zip, or another zip or folder with one folder of images a class
  --download               download Tiny-ImageNet (248 MB) to ${DOWNLOADED}, going on where an earlier attempt stopped
  --url ADDRESS            download from there instead of ${TINY_IMAGENET.url}
  --tasks N                [4]
  --classes-per-task N     [50]
  --split KIND             random, ordered or semantic [random]
  --seed N                 of the random split [0]
  --out DIR                [${join('public', 'shards')}]
`;

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE);
    return;
  }
  const { config, own } = parseArguments([...SEED_SPLIT, ...argv], OWN_FLAGS);
  const zip = await findZip(own);
  // Before anything is stored on the way: a path that is wrong is said at once.
  const files = await givenFiles(zip, '--zip');
  const folder = await mkdtemp(join(tmpdir(), 'mas-lab-'));
  try {
    await writeShards(own.get('out') ?? join('public', 'shards'), files, config, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findZip(own: ReadonlyMap<string, string>): Promise<string> {
  const zip = own.get('zip');
  if ((zip !== undefined) === own.has('download')) {
    throw new LabError('config-conflict', 'Give either --zip PATH or --download.', 'See npm run data -- --help.');
  }
  if (zip !== undefined) return zip;
  const url = own.get('url');
  let shownMs = 0;
  const onProgress = (bytes: number, total: number | null): void => {
    // Ten times a second is enough to look at.
    if (!process.stderr.isTTY || Date.now() - shownMs < 100) return;
    shownMs = Date.now();
    process.stderr.write(`\r\u001b[KDownloading: ${(bytes / 1e6).toFixed(1)} MB${total === null ? '' : ` of ${(total / 1e6).toFixed(1)} MB`}`);
  };
  await download(url ?? TINY_IMAGENET.url, DOWNLOADED, { onProgress, ...(url === undefined ? { md5: TINY_IMAGENET.md5 } : {}) });
  return DOWNLOADED;
}

async function writeShards(out: string, files: Awaited<ReturnType<typeof givenFiles>>, config: RunConfig, folder: string): Promise<void> {
  const progress = new ProgressLine(process.stderr);
  const say = (text: string): void => progress.show({ kind: 'notice', text });
  const written = new Set<string>();
  const manifest = await exportShards(files, await fileBlobStore(folder), fileLocks(join(folder, 'locks')), {
    split: config,
    async write(file, bytes) {
      await mkdir(out, { recursive: true });
      // Whole or not at all: a page may be reading the one before.
      await writeFile(join(out, `${file}.new`), bytes);
      await rename(join(out, `${file}.new`), join(out, file));
      written.add(file);
    },
    onProgress: ({ dataset, ...rest }) => progress.show({ kind: 'import-progress', name: dataset, ...rest, paused: false, freeBytes: null }),
    onDataset: ({ name, classes, skipped }) => {
      const total = (key: 'trainCount' | 'testCount'): number => classes.reduce((sum, c) => sum + c[key], 0);
      const [first] = skipped.entries;
      const bad = first ? `, ${skipped.count} skipped (the first, ${first.name}: ${first.reason})` : '';
      say(`${name}: ${classes.length} classes, ${total('trainCount')} training and ${total('testCount')} test images${bad}`);
    },
    onShard: (task, split, { images, sizeBytes, file }) => say(`Task ${task + 1} ${split}: ${images} images, ${(sizeBytes / 1e6).toFixed(1)} MB, ${file}`),
  });
  for (const name of await readdir(out)) {
    if (/^task-\d+-(train|test)\.parquet$/.test(name) && !written.has(name)) await unlink(join(out, name));
  }
  const tasks = manifest.tasks.map((task, k) => `Task ${k + 1}: ${task.classes.map(({ id, name }) => (id === name ? id : `${id} ${name.split(',')[0]}`)).join(', ')}`);
  process.stdout.write(`${tasks.join('\n')}\n\nWritten to ${out}. In the lab, import the address of its manifest.json.\n${manifest.licence}\n`);
}

await runCommand(main);
