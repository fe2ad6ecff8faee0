/** Files on their way to the person: large ones wait on disk, in the page's private file system, not in the browser's memory. */

/** Below this, memory serves: a file system has its own cost. */
const LARGE_BYTES = 16 * 2 ** 20;
/** A browser that copies a file into the person's folder has long done so by then. */
const KEPT_MS = 3_600_000;
const FOLDER = 'outgoing';

/** A file as pieces, each read when it is asked for and possibly gone when the next one is. */
export interface OutgoingContent {
  readonly sizeBytes: number;
  chunks(): Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** Writing by the byte, which the platform gives workers alone; absent from the types of pages. */
interface WritableHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{ write(bytes: Uint8Array<ArrayBuffer>): number; close(): void }>;
}

/**
 * The file as a Blob that can be saved. A large one is written piece by piece to the private file system, where there is one with
 * room: its Blob only names it, so that nothing of it is held twice. Elsewhere it is held in memory until it is saved.
 */
export async function outgoingBlob(content: OutgoingContent, type: string): Promise<Blob> {
  const onDisk = content.sizeBytes < LARGE_BYTES ? null : await writtenToDisk(content);
  if (onDisk) return onDisk;
  const pieces: Blob[] = [];
  for await (const chunk of content.chunks()) pieces.push(new Blob([chunk]));
  return new Blob(pieces, { type });
}

/** Frees what files that were saved long ago still take. */
export async function forgetSavedFiles(): Promise<void> {
  const folder = await outgoingFolder();
  if (folder) await removeOld(folder);
}

async function writtenToDisk(content: OutgoingContent): Promise<Blob | null> {
  const folder = await outgoingFolder();
  if (!folder) return null;
  await removeOld(folder);
  const name = `${Date.now()}-${crypto.randomUUID()}`;
  try {
    const handle = (await folder.getFileHandle(name, { create: true })) as WritableHandle;
    const access = await handle.createSyncAccessHandle();
    try {
      for await (const chunk of content.chunks()) writeAll(access, chunk);
    } finally {
      access.close();
    }
    return await handle.getFile();
  } catch (error) {
    await folder.removeEntry(name).catch(() => undefined);
    // No room, or a browser that has files but not these: memory has to do.
    if (error instanceof DOMException || error instanceof TypeError) return null;
    throw error;
  }
}

function writeAll(access: { write(bytes: Uint8Array<ArrayBuffer>): number }, chunk: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < chunk.length; ) {
    const written = access.write(chunk.subarray(at));
    if (written === 0) throw new DOMException('nothing more could be written', 'QuotaExceededError');
    at += written;
  }
}

/** Null where the browser has no private file system, or keeps it from private windows. */
async function outgoingFolder(): Promise<FileSystemDirectoryHandle | null> {
  const storage = navigator.storage as Partial<StorageManager> | undefined;
  try {
    const root = await storage?.getDirectory?.();
    return (await root?.getDirectoryHandle(FOLDER, { create: true })) ?? null;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** Files that were saved long ago, this tab's or another's. */
async function removeOld(folder: FileSystemDirectoryHandle): Promise<void> {
  for await (const name of folder.keys()) {
    // Two tabs may remove the same.
    if (Date.now() - Number(name.split('-')[0]) > KEPT_MS) await folder.removeEntry(name).catch(() => undefined);
  }
}
