/** Images in Parquet files, one or several, from anything that gives slices: the hub's Tiny-ImageNet, or any with its schema. */
import { LabError } from '../../core/errors.ts';
import type { ClassChoice } from '../class-choice.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import { isInteger, labelNames, openParquet, readLabels, readRows, rowGroups, type ImageRow, type ParquetFile, type RowGroupPlace } from './parquet-file.ts';
import { baseName } from './paths.ts';
import { tinyImageNetName } from './tiny-imagenet.ts';
import { TINY_IMAGENET_WORDS } from './tiny-imagenet-words.ts';

/** Where no file is a test set: of each class every sixth image, as in folders. */
const HOLD_OUT_EVERY = 6;

interface Group extends RowGroupPlace {
  readonly file: ParquetFile;
  readonly split: Split | null;
  /** Number of its first row, counted through all files. */
  readonly firstTag: number;
}

/**
 * One dataset from one or more files; "train", "val", "valid" or "test" in a file's name says which split it is.
 * @param choice only these classes are read, and of the files only the row groups that may hold them
 * @throws LabError 'data-missing' (a class that the file does not name), 'file-empty', 'file-truncated' (no footer), 'file-format' (no Parquet; another schema), 'file-damaged', 'file-limit'
 */
export async function parquetSource(sources: readonly ByteSource[], choice: ClassChoice | null = null): Promise<ImageSource> {
  const files = await Promise.all(sources.map(openParquet));
  const names = labelNames(files);
  const splits = files.map(({ source }) => splitOf(source.name));
  // One file, or all of the same kind, with no test set among them: some images are held out.
  const holdsOut = !splits.includes('test') || !splits.includes('train');
  let rowsBefore = 0;
  const all = files.flatMap((file, i) => {
    const split = holdsOut ? null : splits[i]!;
    const own = rowGroups(file).map((place): Group => ({ ...place, file, split, firstTag: rowsBefore + place.rowStart }));
    rowsBefore += Number(file.metadata.num_rows);
    return own;
  });
  const wanted = choice && (await wantedIds(choice, names, all));
  const groups = all.filter((group) => isWanted(group, wanted, names)).sort((a, b) => Number(a.split !== 'test') - Number(b.split !== 'test'));
  const isTiny = names?.length === 200 && names.every((name) => /^n\d{8}$/.test(name));
  const ownName = baseName(sources[0]!.name).replace(/\.parquet$/i, '');
  const hashes = await Promise.all(files.map(({ footer }) => sha256(footer)));
  return {
    kind: isTiny ? 'tiny-imagenet' : 'parquet',
    slug: isTiny ? 'tiny-imagenet' : ownName,
    name: isTiny ? tinyImageNetName(200) : ownName,
    ...(isTiny ? { finalName: tinyImageNetName } : {}),
    source: sources.map(({ name }) => name).join(', '),
    fingerprint: await sha256(new TextEncoder().encode([...hashes, ...(wanted ?? [])].join())),
    classes: classList(names, groups).filter(({ id }) => !wanted || wanted.has(id)),
    channels: 3,
    encoding: 'compressed',
    rawShape: null,
    bytesTotal: groups.reduce((sum, group) => sum + group.packedBytes, 0),
    imagesTotal: wanted ? null : groups.reduce((sum, group) => sum + group.rows, 0),
    ignored: 0,
    faults: [],
    read: (stored, signal) => readGroups(groups, names, wanted, stored, signal),
  };
}

function splitOf(name: string): Split | null {
  const base = baseName(name).toLowerCase();
  if (/(^|[^a-z])(val|valid|validation|test)([^a-z]|$)/.test(base)) return 'test';
  return /(^|[^a-z])train(ing)?([^a-z]|$)/.test(base) ? 'train' : null;
}

const classId = (label: number, names: readonly string[] | null): string => names?.[label] ?? String(label);

async function wantedIds(choice: ClassChoice, names: readonly string[] | null, groups: readonly Group[]): Promise<ReadonlySet<string>> {
  if (choice.kind === 'first') return new Set((await firstLabels(groups, choice.count)).map((label) => classId(label, names)));
  const unknown = names && choice.ids.find((id) => !names.includes(id));
  if (!unknown) return new Set(choice.ids);
  const known = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
  throw new LabError('data-missing', `${groups[0]?.file.source.name} has no class “${unknown}” (its classes: ${known}).`, 'Choose from its classes, or give a number of classes.');
}

/** The lowest labels that training images have. Rows lie in the order of their labels as a rule, so that few row groups tell. */
async function firstLabels(groups: readonly Group[], count: number): Promise<readonly number[]> {
  const ordered = groups.filter(({ split }) => split !== 'test').toSorted((a, b) => (a.labels?.[0] ?? 0) - (b.labels?.[0] ?? 0));
  const found = new Set<number>();
  for (const [k, group] of ordered.entries()) {
    for (const label of await readLabels(group.file, group)) if (label >= 0) found.add(label);
    const next = ordered[k + 1];
    // No lower one comes later.
    const settled = [...found].filter((label) => !next || label <= (next.labels?.[0] ?? -1)).sort((a, b) => a - b);
    if (settled.length >= count || !next) return settled.slice(0, count);
  }
  return [];
}

function isWanted(group: Group, wanted: ReadonlySet<string> | null, names: readonly string[] | null): boolean {
  if (!wanted || !group.labels) return true;
  for (let label = group.labels[0]; label <= group.labels[1]; label++) if (wanted.has(classId(label, names))) return true;
  return false;
}

/** All that may come; those without images are dropped when the import ends. */
function classList(names: readonly string[] | null, groups: readonly Group[]): { id: string; name: string }[] {
  if (names) return names.map((name) => ({ id: name, name: TINY_IMAGENET_WORDS.get(name) ?? name.replaceAll('_', ' ') })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const highest = groups.reduce((max, group) => Math.max(max, group.labels?.[1] ?? 999), 0);
  return Array.from({ length: highest + 1 }, (_, label) => ({ id: String(label), name: `class ${label}` }));
}

async function* readGroups(
  groups: readonly Group[],
  names: readonly string[] | null,
  wanted: ReadonlySet<string> | null,
  stored: Stored,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceBatch> {
  const heldOut = new Map<string, number>();
  let bytesDone = 0;
  const fetch = (index: number): Promise<readonly ImageRow[]> | null => {
    const group = groups[index];
    if (!group) return null;
    const reading = isStored(group, names, wanted, stored).then((is) => (is ? [] : readRows(group.file, group)));
    // A failure is met when its turn comes; until then it is not unhandled.
    reading.catch(() => undefined);
    return reading;
  };
  // The next row group is fetched while the present one is stored.
  let next = fetch(0);
  for (const [index, group] of groups.entries()) {
    signal?.throwIfAborted();
    const rows = await next!;
    next = fetch(index + 1);
    const images: SourceImage[] = [];
    const faults: Fault[] = [];
    for (const [k, { image, label }] of rows.entries()) {
      const tag = group.firstTag + k;
      const where = `${baseName(group.file.source.name)}, row ${group.rowStart + k + 1}`;
      const number = isInteger(label) ? Number(label) : NaN;
      if (!(number >= 0) || (names && names[number] === undefined)) {
        faults.push({ name: where, reason: `its label is ${String(label)}${names ? `, but there are names for 0 to ${names.length - 1}` : ''}` });
        continue;
      }
      const id = classId(number, names);
      if (wanted && !wanted.has(id)) continue;
      const path = typeof image?.path === 'string' && image.path !== '' ? image.path : null;
      const seen = heldOut.get(id) ?? 0;
      heldOut.set(id, seen + 1);
      const split = group.split ?? (seen % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1 ? 'test' : 'train');
      const bytes = image?.bytes;
      if (!(bytes instanceof Uint8Array)) {
        faults.push({ name: path ?? where, reason: path ? 'the file has its path only, not the image itself' : 'it has no image' });
        continue;
      }
      const name = path === null ? `row-${String(tag).padStart(8, '0')}` : baseName(path);
      if (!stored.has(id, split, name, tag)) images.push({ classId: id, split, name, label: path ? `${path} (${where})` : where, tag, bytes });
    }
    bytesDone += group.packedBytes;
    yield { images, faults, finished: finishedAfter(groups, index, names), bytesDone };
  }
}

/** Whether an interrupted import has stored all that is wanted of this group. Of some of its classes, its labels tell how much that is. */
async function isStored(group: Group, names: readonly string[] | null, wanted: ReadonlySet<string> | null, stored: Stored): Promise<boolean> {
  // Held-out images are counted from the beginning, so that nothing can be left out there.
  if (group.split === null) return false;
  const count = stored.countTags(group.firstTag, group.firstTag + group.rows);
  if (count === 0 || !wanted) return count === group.rows;
  return count === (await readLabels(group.file, group)).filter((label) => wanted.has(classId(label, names))).length;
}

/** Classes that this group held and no later one can. */
function finishedAfter(groups: readonly Group[], index: number, names: readonly string[] | null): SourceBatch['finished'] {
  const { labels, split } = groups[index]!;
  if (!labels) return [];
  const later = groups.slice(index + 1).filter((group) => group.split === split);
  const finished: { classId: string; split: Split }[] = [];
  for (let label = labels[0]; label <= labels[1]; label++) {
    if (later.some((group) => !group.labels || (group.labels[0] <= label && label <= group.labels[1]))) continue;
    const id = classId(label, names);
    for (const own of split ? [split] : (['train', 'test'] as const)) finished.push({ classId: id, split: own });
  }
  return finished;
}
