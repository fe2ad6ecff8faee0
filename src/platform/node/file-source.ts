import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LabError } from '../../core/errors.ts';
import type { ByteSource } from '../../data/types.ts';

/** A file on disk, read slice by slice; it is opened for each reading, so that nothing has to be closed. @throws LabError 'data-missing' */
export async function fileSource(path: string, name = basename(path)): Promise<ByteSource> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new LabError('data-missing', `${path}: no such file can be read.`, 'Check the path.', error);
  });
  if (!facts.isFile()) throw new LabError('data-missing', `${path} is not a file.`, 'Give a file, or a folder of images.');
  return {
    name,
    size: facts.size,
    async slice(start, end) {
      const handle = await open(path);
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, facts.size) - start));
        let at = 0;
        while (at < bytes.length) {
          const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) break;
          at += bytesRead;
        }
        return bytes.subarray(0, at);
      } finally {
        await handle.close();
      }
    },
  };
}
