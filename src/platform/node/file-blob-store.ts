import { mkdir, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { LabError } from '../../core/errors.ts';
import type { BlobStore } from '../../data/types.ts';

const VALUE = '.value';
const COMMIT = '.commit';

/**
 * Values as files of one folder, each written whole under another name and then renamed. Several at once go through a commit file that
 * lists the renames: whoever opens the folder after a crash finishes them, so that all are there or none.
 *
 * @throws LabError 'storage-failed' where the folder cannot be made
 */
export async function fileBlobStore(folder: string): Promise<BlobStore> {
  await guarded(folder, async () => {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) if (name.endsWith(COMMIT)) await finishCommit(folder, name);
  });
  const pathOf = (key: string): string => join(folder, encodeURIComponent(key) + VALUE);

  const setMany = (entries: readonly (readonly [string, unknown])[]): Promise<void> =>
    guarded(folder, async () => {
      const stamp = `${process.pid}-${crypto.randomUUID()}`;
      const renames: [string, string][] = [];
      try {
        for (const [i, [key, value]] of entries.entries()) {
          const temporary = `${stamp}-${i}.new`;
          renames.push([temporary, encodeURIComponent(key) + VALUE]);
          await writeFile(join(folder, temporary), serialize(value));
        }
      } catch (error) {
        await Promise.all(renames.map(([temporary]) => rm(join(folder, temporary), { force: true })));
        throw error;
      }
      if (renames.length === 1) {
        await rename(join(folder, renames[0]![0]), join(folder, renames[0]![1]));
        return;
      }
      await writeFile(join(folder, `${stamp}.draft`), JSON.stringify(renames));
      await rename(join(folder, `${stamp}.draft`), join(folder, stamp + COMMIT));
      await finishCommit(folder, stamp + COMMIT);
    });

  return {
    get: (key) =>
      guarded(folder, async () => {
        const bytes = await readFile(pathOf(key)).catch(unlessMissing);
        return bytes === undefined ? undefined : (deserialize(bytes) as unknown);
      }),
    set: (key, value) => setMany([[key, value]]),
    setMany,
    delete: (keys) => guarded(folder, async () => void (await Promise.all(keys.map((key) => unlink(pathOf(key)).catch(unlessMissing))))),
    keys: () =>
      guarded(folder, async () =>
        (await readdir(folder)).filter((name) => name.endsWith(VALUE)).map((name) => decodeURIComponent(name.slice(0, -VALUE.length))),
      ),
  };
}

async function finishCommit(folder: string, name: string): Promise<void> {
  const listed = await readFile(join(folder, name), 'utf8').catch(unlessMissing);
  if (listed === undefined) return;
  for (const [temporary, final] of JSON.parse(listed) as [string, string][]) {
    // Missing where the one that crashed, or another process, had renamed it already.
    await rename(join(folder, temporary), join(folder, final)).catch(unlessMissing);
  }
  await unlink(join(folder, name)).catch(unlessMissing);
}

function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}

async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new LabError('storage-full', `The disk of ${folder} is full.`, 'Free some room, and try again.', error);
    throw new LabError('storage-failed', `${folder} cannot be used for storing: ${message}`, 'Check that the folder can be written to.', error);
  }
}
