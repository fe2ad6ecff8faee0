import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { download } from '../../src/cli/download.ts';
import { importUrl } from '../../src/data/import-url.ts';
import { parseManifest } from '../../src/data/sources/shards-manifest.ts';
import { planTasks } from '../../src/data/splits.ts';
import { readShared, sharedPath } from '../helpers/shared.ts';
import { memoryStore } from './memory-store.ts';
import { serveFiles, type FileServer } from './misbehaving-server.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mas-lab-data-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `npm run data` without npm's own start. */
function runData(...flags: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const tsx = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
    const child = spawn(process.execPath, ['--import', tsx, join(ROOT, 'src/cli/data.ts'), ...flags], { cwd: folder });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

describe('npm run data', () => {
  it('writes shards of the classes that the page would choose, which the page reads back', async () => {
    const zip = sharedPath('data/tiny-imagenet-mini.zip');
    const { code, out, err } = await runData('--zip', zip, '--tasks', '3', '--classes-per-task', '4', '--seed', '1', '--out', 'shards');
    expect(err).not.toMatch(/Error/);
    expect(code).toBe(0);
    expect(out).toContain('Do not pass them on');
    const names = await readdir(join(folder, 'shards'));
    const files = new Map(await Promise.all(names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, 'shards', name)))] as const)));
    expect([...files.keys()].toSorted()).toEqual([
      'manifest.json', 'task-1-test.parquet', 'task-1-train.parquet', 'task-2-test.parquet', 'task-2-train.parquet', 'task-3-test.parquet', 'task-3-train.parquet',
    ]);
    const manifest = parseManifest(new TextDecoder().decode(files.get('manifest.json')), 'manifest.json');
    for (const shard of manifest.tasks.flatMap(({ train, test }) => [train, test])) {
      expect(createHash('sha256').update(files.get(shard.file)!).digest('hex')).toBe(shard.sha256);
      expect(files.get(shard.file)!.length).toBe(shard.sizeBytes);
    }
    expect(manifest.tasks[0]!.train.images).toBe(240);
    expect(manifest.tasks[0]!.classes[0]!.name).not.toMatch(/^n\d+$/);

    const server = await serveFiles(files);
    const { store } = memoryStore();
    const { dataset } = await importUrl(`${server.url}/good/`, store);
    await server.close();
    // The page, given the zip and the same seed, cuts it into the same tasks.
    const all = [...readWnids()].map((id) => ({ id, name: id, trainCount: 1, testCount: 1 }));
    const plan = planTasks([{ ...dataset!, id: 'zip', classes: all }], { dataset: 'zip', tasks: 3, classesPerTask: 4, seed: 1, split: 'random', manualTasks: null });
    expect(dataset!.tasks).toEqual(plan.map((task) => task.map((ref) => ref.info.id)));
  });

  it('takes shards of an earlier, longer run away', async () => {
    await writeFile(join(folder, 'shards', 'task-9-train.parquet'), 'old');
    const { code } = await runData('--zip', sharedPath('data/corrupt/good.zip'), '--tasks', '1', '--classes-per-task', '3', '--out', 'shards');
    expect(code).toBe(0);
    expect((await readdir(join(folder, 'shards'))).toSorted()).toEqual(['manifest.json', 'task-1-test.parquet', 'task-1-train.parquet']);
  });

  it.each([
    [['--zip', 'nowhere.zip'], /nowhere\.zip: there is no such file/],
    [['--zip', sharedPath('data/corrupt/truncated.zip')], /truncated\.zip: the archive is incomplete or damaged/],
    [[], /Give either --zip PATH or --download/],
    [['--zip', 'a.zip', '--download'], /Give either/],
    [['--zip', sharedPath('data/corrupt/good.zip')], /4 tasks of 50 classes need 200 classes, but .* has 3/],
    [['--sip', 'x'], /--sip is not a flag/],
  ])('ends with one plain message: %j', async (flags, message) => {
    const { code, err } = await runData(...flags, '--out', 'nothing');
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/at .*\.ts:\d+/);
  });

  it('prints its flags', async () => {
    const { code, out } = await runData('--help');
    expect(code).toBe(0);
    expect(out).toMatch(/--classes-per-task/);
  });
});

describe('download', () => {
  let server: FileServer;
  const bytes = readShared('data/corrupt/good.zip');
  const md5 = createHash('md5').update(bytes).digest('hex');
  beforeAll(async () => {
    server = await serveFiles(new Map([['good.zip', bytes]]));
  });
  afterAll(() => server.close());
  let path: string;
  beforeEach(() => {
    path = join(folder, `download-${crypto.randomUUID()}`, 'file.zip');
  });
  const from = (how: string): string => `${server.url}/${how}/good.zip`;

  it.each(['good', 'redirect', 'no-ranges', '429-first', '503-every-other'])('brings the file: %s', async (how) => {
    await download(from(how), path, { md5, firstPauseMs: 1 });
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    const before = server.log.requests;
    await download(from(how), path, { md5 });
    expect(server.log.requests).toBe(before);
  });

  it('goes on where an earlier attempt stopped', async () => {
    await download(from('good'), path, { md5 });
    const part = `${path}.part`;
    await writeFile(part, bytes.subarray(0, 30_000));
    await rm(path);
    const seen: number[] = [];
    await download(from('good'), path, { md5, onProgress: (done) => seen.push(done) });
    expect(seen[0]).toBeGreaterThan(30_000);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('throws another file away', async () => {
    await expect(download(from('good'), path, { md5: '0'.repeat(32) })).rejects.toMatchObject({ code: 'file-damaged' });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(stat(`${path}.part`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['404', '500-always', 'cut-always'])('gives up: %s', async (how) => {
    await expect(download(from(how), path, { attempts: 3, firstPauseMs: 1 })).rejects.toMatchObject({ code: 'network' });
  });
});

function readWnids(): readonly string[] {
  const readme = new TextDecoder().decode(readShared('data/README.md'));
  return [...readme.matchAll(/^\| \d+ \| (n\d{8}) \|/gm)].map((row) => row[1]!);
}
