/** The seed's tree of files in a zip, whichever program made it: found by its names, read one file at a time. */
import { refusal } from '../formats/refuse.ts';
import { readZipContents } from '../data/zip/contents.ts';
import { readZipDirectory } from '../data/zip/directory.ts';
import type { ZipEntry } from '../data/zip/entry-list.ts';
import type { ByteSource } from '../data/types.ts';
import { isZip } from '../formats/zip-read.ts';

/** A finished task in the archive. */
export interface TaskEntries {
  readonly head: ZipEntry;
  /** How many classes, as text. */
  readonly classes: ZipEntry | null;
  /** The lab's own: one class a line, id and name. */
  readonly classNames: ZipEntry | null;
  /** The accuracy right after learning, as text. */
  readonly performance: ZipEntry | null;
}

export interface TreeEntries {
  readonly shared: ZipEntry;
  readonly regParams: ZipEntry | null;
  /** Tasks 1 … k, none left out. */
  readonly tasks: readonly TaskEntries[];
  readonly config: ZipEntry | null;
}

/** One ArrayBuffer. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
const SHARED = /^((?:.*\/)?)shared_model\.(?:pth|safetensors)$/;

/** Whether a file is a tree of models rather than of images. @throws LabError as `readZipDirectory` */
export async function holdsTree(source: ByteSource): Promise<boolean> {
  if (!isZip(await source.slice(0, 4))) return false;
  const { entries } = await readZipDirectory(source);
  for (let i = 0; i < entries.length; i++) if (SHARED.test(entries.path(i))) return true;
  return false;
}

/**
 * Where the files are; null where the source is no zip, or has no shared_model.
 * @throws LabError 'MISSING_TENSOR' where a task before the last has no head, or none has; as `readZipDirectory`
 */
export async function findTree(source: ByteSource): Promise<TreeEntries | null> {
  if (!isZip(await source.slice(0, 4))) return null;
  const list = (await readZipDirectory(source)).entries;
  const entries = Array.from({ length: list.length }, (_, i) => list.at(i));
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const folder = entries.map(({ path }) => SHARED.exec(path)?.[1]).find((match) => match !== undefined);
  if (folder === undefined) return null;
  const first = (...paths: string[]): ZipEntry | null => paths.map((path) => byPath.get(path)).find((entry) => entry !== undefined) ?? null;
  const weights = (stem: string): ZipEntry | null => first(`${folder}${stem}.pth`, `${folder}${stem}.safetensors`);
  const above = folder.replace(/[^/]+\/$/, '');
  return {
    shared: weights('shared_model')!,
    regParams: first(`${folder}reg_params.pickle`, `${folder}reg_params.safetensors`),
    tasks: tasksIn(source.name, (stem) => weights(stem), (path) => first(`${folder}${path}`), entries),
    config: first(`${above}config.json`, `${folder}config.json`),
  };
}

/** @throws LabError 'NOT_A_CHECKPOINT' where the entry is damaged, encrypted or too large, 'TRUNCATED' */
export async function readEntry(source: ByteSource, entry: ZipEntry): Promise<Uint8Array> {
  for await (const batch of readZipContents(source, [entry], undefined, MAX_FILE_BYTES)) {
    for (const content of batch) {
      if ('bytes' in content) return content.bytes;
      throw refusal('NOT_A_CHECKPOINT', `${source.name}, ${entry.name}`, content.fault);
    }
  }
  throw new Error(`${entry.name} gave neither bytes nor a fault`);
}

function tasksIn(
  archive: string,
  weights: (stem: string) => ZipEntry | null,
  file: (path: string) => ZipEntry | null,
  entries: readonly ZipEntry[],
): TaskEntries[] {
  const numbers = entries.map(({ path }) => Number(/(?:^|\/)Task_(\d+)\/head\.(?:pth|safetensors)$/.exec(path)?.[1] ?? 0));
  const count = numbers.reduce((most, number) => Math.max(most, number), 0);
  if (count === 0) throw refusal('MISSING_TENSOR', archive, 'a tree of models without a Task_1/head.pth: no task is finished');
  // The largest number need not be honest: a missing head ends the search long before a billion of them.
  const tasks: TaskEntries[] = [];
  for (let k = 1; k <= count; k++) {
    const head = weights(`Task_${k}/head`);
    if (!head) throw refusal('MISSING_TENSOR', archive, `Task_${k}/head.pth is missing, though there is one of Task_${count}`);
    tasks.push({
      head,
      classes: file(`Task_${k}/classes.txt`),
      classNames: file(`Task_${k}/class_names.txt`),
      performance: file(`Task_${k}/performance.txt`),
    });
  }
  return tasks;
}
