/** What a path on the command line stands for: a file, or all files of a folder. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { LabError } from '../core/errors.ts';
import { fileSource } from '../platform/node/file-source.ts';

/**
 * Files at a path as an import takes them: paths with slashes, relative to what holds the file or folder that was named.
 * @param flag that named it, for the message
 * @throws LabError 'data-missing' where there is no such path
 */
export async function givenFiles(path: string, flag: string) {
  const paths = await filesAt(path, flag);
  return Promise.all(
    paths.map(async (file) => ({ path: relative(join(path, '..'), file).replaceAll('\\', '/') || basename(file), source: await fileSource(file) })),
  );
}

async function filesAt(path: string, flag: string): Promise<string[]> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new LabError('data-missing', `${flag} ${path}: there is no such file or folder.`, 'Give a zip of images, or a folder.');
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}
