/** Downloading one large file, going on where an earlier attempt stopped. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from '../core/errors.ts';

export interface DownloadOptions {
  /** Of the whole file, where it is known: a download that has another is thrown away. */
  readonly md5?: string;
  readonly onProgress?: (bytes: number, total: number | null) => void;
  readonly attempts?: number;
  /** Between attempts, doubled each time. */
  readonly firstPauseMs?: number;
}

/**
 * Downloads to `path`, by way of `<path>.part`, which stays where the connection breaks and is gone on with the next time.
 * Does nothing where the file is there already.
 * @throws LabError 'network' saying what the server did, 'file-damaged' where the checksum is another
 */
export async function download(url: string, path: string, options: DownloadOptions = {}): Promise<void> {
  const { attempts = 6, firstPauseMs = 1000, md5 } = options;
  if ((await sizeOf(path)) !== null) return;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchRest(url, part, options);
      break;
    } catch (error) {
      if (error instanceof LabError) throw error;
      if (attempt >= attempts) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LabError('network', `${url}: the download broke off ${attempts} times (${reason}).`, 'Start the command again: it goes on where it stopped.', error);
      }
      await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1)));
    }
  }
  if (md5 !== undefined) {
    const found = await md5Of(part);
    if (found !== md5) {
      await unlink(part);
      throw new LabError('file-damaged', `${url}: the file is not the one expected (MD5 ${found}, expected ${md5}).`, 'Start the command again, or give the zip with --zip.');
    }
  }
  await rename(part, path);
}

async function fetchRest(url: string, part: string, { onProgress }: DownloadOptions): Promise<void> {
  const have = (await sizeOf(part)) ?? 0;
  const response = await fetch(url, have > 0 ? { headers: { Range: `bytes=${have}-` } } : {});
  // 416: nothing is left to send.
  if (response.status === 416 && have > 0) return;
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    const what = `the server answers ${response.status} ${response.statusText}`;
    if (response.status === 429 || response.status >= 500) throw new Error(what);
    throw new LabError('network', `${url}: ${what}.`, 'Check the address, or download the file by hand and give it with --zip.');
  }
  // A server that knows no ranges begins again.
  const start = response.status === 206 ? have : 0;
  const length = response.headers.get('Content-Length');
  const total = length === null ? null : start + Number(length);
  const file = await open(part, start > 0 ? 'a' : 'w');
  let received = start;
  try {
    const reader = response.body.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      await file.write(chunk.value);
      received += chunk.value.length;
      onProgress?.(received, total);
    }
  } finally {
    await file.close();
  }
  if (total !== null && received < total) throw new Error(`${received} of ${total} bytes came`);
}

async function sizeOf(path: string): Promise<number | null> {
  const facts = await stat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  return facts === null ? null : facts.size;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
