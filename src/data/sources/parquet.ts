/**
 * Images in Parquet files with the Hugging Face schema: `image` = {bytes, path}, `label` = an integer, names of the labels in the
 * file's metadata. Read a row group at a time, only the columns needed, from anything that gives slices.
 */
import { parquetMetadata, parquetRead, type FileMetaData, type RowGroup } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { LabError } from '../../core/errors.ts';
import { describeContent, matches } from '../file-kind.ts';
import { sha256 } from '../sha256.ts';
import type { ByteSource, Split } from '../types.ts';
import type { Fault, ImageSource, SourceBatch, SourceImage, Stored } from './image-source.ts';
import { baseName } from './paths.ts';
import { tinyImageNetName } from './tiny-imagenet.ts';

/** Tiny-ImageNet on the Hugging Face hub, dataset zh-plus/tiny-imagenet: training and validation images, 160 MB. */
export const TINY_IMAGENET_URLS: readonly string[] = [
  'https://huggingface.co/datasets/zh-plus/tiny-imagenet/resolve/main/data/train-00000-of-00001-1359597a978bc4fa.parquet',
  'https://huggingface.co/datasets/zh-plus/tiny-imagenet/resolve/main/data/valid-00000-of-00001-70d52db3c749a935.parquet',
];

const MAX_FOOTER_BYTES = 64 * 1024 * 1024;
/** A row group is read whole. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
/** Where no file is a test set: of each class every sixth image, as in folders. */
const HOLD_OUT_EVERY = 6;

export interface ParquetOptions {
  /** Only these classes are read, and of the file only the row groups that may hold them. */
  readonly classes?: readonly string[];
}

interface Group {
  readonly file: ParquetFile;
  readonly split: Split | null;
  /** First row inside the file. */
  readonly rowStart: number;
  /** The same, counted through all files. */
  readonly firstTag: number;
  readonly rows: number;
  readonly packedBytes: number;
  /** Smallest and largest label in it, where the file says. */
  readonly labels: readonly [number, number] | null;
}

interface ParquetFile {
  readonly source: ByteSource;
  readonly metadata: FileMetaData;
  readonly footer: Uint8Array;
}

/**
 * One dataset from one or more files; "train", "val", "valid" or "test" in a file's name says which split it is.
 * @throws LabError 'file-empty', 'file-truncated' (no footer), 'file-format' (no Parquet; another schema), 'file-damaged', 'file-limit'
 */
export async function parquetSource(sources: readonly ByteSource[], options: ParquetOptions = {}): Promise<ImageSource> {
  const files = await Promise.all(sources.map(openFile));
  const names = labelNames(files);
  const wanted = options.classes ? new Set(options.classes) : null;
  const splits = files.map(({ source }) => splitOf(source.name));
  // One file, or all of the same kind, with no test set among them: some images are held out.
  const holdsOut = !splits.includes('test') || !splits.includes('train');
  let rowsBefore = 0;
  const groups = files
    .flatMap((file, i) => {
      const own = groupsOf(file, holdsOut ? null : splits[i]!, rowsBefore);
      rowsBefore += Number(file.metadata.num_rows);
      return own;
    })
    .filter((group) => isWanted(group, wanted, names))
    .sort((a, b) => Number(a.split !== 'test') - Number(b.split !== 'test'));
  const isTiny = names?.length === 200 && names.every((name) => /^n\d{8}$/.test(name));
  const ownName = baseName(sources[0]!.name).replace(/\.parquet$/i, '');
  const hashes = await Promise.all(files.map(({ footer }) => sha256(footer)));
  return {
    kind: isTiny ? 'tiny-imagenet' : 'parquet',
    slug: isTiny ? 'tiny-imagenet' : ownName,
    name: isTiny ? tinyImageNetName(200) : ownName,
    ...(isTiny ? { finalName: tinyImageNetName } : {}),
    source: sources.map(({ name }) => name).join(', '),
    fingerprint: await sha256(new TextEncoder().encode([...hashes, ...(options.classes ?? [])].join())),
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

async function openFile(source: ByteSource): Promise<ParquetFile> {
  const name = baseName(source.name);
  if (source.size === 0) throw new LabError('file-empty', `${name}: the file is empty.`, 'Download it again.');
  const tail = await source.slice(Math.max(0, source.size - 8), source.size);
  if (!matches(tail, 'PAR1', 4)) {
    const head = await source.slice(0, 600);
    if (matches(head, 'PAR1')) {
      throw new LabError('file-truncated', `${name}: not a complete Parquet file (footer magic PAR1 not found at the end).`, 'The download probably stopped early. Download it again.');
    }
    throw new LabError('file-format', `${name}: not a Parquet file; this is ${describeContent(head)}.`, 'Choose a Parquet file with images.');
  }
  const footerBytes = new DataView(tail.buffer, tail.byteOffset, 4).getUint32(0, true);
  if (footerBytes + 12 > source.size || footerBytes > MAX_FOOTER_BYTES) {
    throw new LabError('file-damaged', `${name}: the Parquet footer should have ${footerBytes} bytes, the file has ${source.size}.`, 'Download it again.');
  }
  const footer = await source.slice(source.size - 8 - footerBytes, source.size);
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(footer);
  } catch (error) {
    throw damaged(name, 'its footer cannot be read', error);
  }
  checkSchema(name, metadata);
  return { source, metadata, footer };
}

function damaged(name: string, what: string, error: unknown): LabError {
  const reason = error instanceof Error ? error.message : String(error);
  return new LabError('file-damaged', `${name}: the Parquet file is damaged, ${what} (${reason}).`, 'Download it again; nothing of it was stored.', error);
}

function checkSchema(name: string, { row_groups: groups, schema }: FileMetaData): void {
  const columns = (groups[0]?.columns ?? []).map((column) => column.meta_data);
  const find = (path: string) => columns.find((column) => column?.path_in_schema.join('.') === path);
  const isRight = find('image.bytes')?.type === 'BYTE_ARRAY' && /^INT(32|64)$/.test(find('label')?.type ?? '');
  if (isRight) return;
  if (groups.length === 0) throw new LabError('file-format', `${name}: a Parquet file without rows.`, 'Choose another file.');
  const there = columns.map((column) => column?.path_in_schema.join('.') ?? '?').join(', ') || schema.map((element) => element.name).join(', ');
  throw new LabError(
    'file-format',
    `${name}: a Parquet file of another kind: it has ${there}; needed are image.bytes (the image files) and label (whole numbers).`,
    'Choose a file with the schema of an image dataset on the Hugging Face hub.',
  );
}

function splitOf(name: string): Split | null {
  const base = baseName(name).toLowerCase();
  if (/(^|[^a-z])(val|valid|validation|test)([^a-z]|$)/.test(base)) return 'test';
  return /(^|[^a-z])train(ing)?([^a-z]|$)/.test(base) ? 'train' : null;
}

/** Names of the labels, from the metadata that the Hugging Face library writes. All files must agree. */
function labelNames(files: readonly ParquetFile[]): readonly string[] | null {
  const lists = files.map(({ source, metadata }) => {
    const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    return text === undefined ? null : namesIn(text, source.name);
  });
  const first = lists[0] ?? null;
  const other = lists.findIndex((list) => list?.join('\n') !== first?.join('\n'));
  if (other >= 0) {
    throw new LabError('data-mismatch', `${files[0]!.source.name} and ${files[other]!.source.name} number their classes differently.`, 'Choose files of the same dataset.');
  }
  return first;
}

function namesIn(text: string, file: string): readonly string[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'its metadata are not JSON', error);
  }
  const names = (parsed as { info?: { features?: { label?: { names?: unknown } } } } | null)?.info?.features?.label?.names;
  return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null;
}

function groupsOf(file: ParquetFile, split: Split | null, rowsBefore: number): Group[] {
  const groups: Group[] = [];
  let rowStart = 0;
  for (const group of file.metadata.row_groups) {
    const rows = Number(group.num_rows);
    const packedBytes = neededBytes(group);
    if (packedBytes > MAX_GROUP_BYTES) {
      throw new LabError('file-limit', `${file.source.name}: a row group has ${packedBytes} bytes, the limit is ${MAX_GROUP_BYTES}.`, 'Write the file with smaller row groups.');
    }
    if (rows > 0) groups.push({ file, split, rowStart, firstTag: rowsBefore + rowStart, rows, packedBytes, labels: labelRange(group) });
    rowStart += rows;
  }
  return groups;
}

/** Of the columns that are read. */
function neededBytes(group: RowGroup): number {
  return group.columns.reduce((sum, { meta_data: column }) => {
    const top = column?.path_in_schema[0];
    return top === 'image' || top === 'label' ? sum + Number(column!.total_compressed_size) : sum;
  }, 0);
}

function labelRange(group: RowGroup): readonly [number, number] | null {
  const statistics = group.columns.find(({ meta_data: column }) => column?.path_in_schema.join('.') === 'label')?.meta_data?.statistics;
  const low = statistics?.min_value ?? statistics?.min;
  const high = statistics?.max_value ?? statistics?.max;
  return isInteger(low) && isInteger(high) ? [Number(low), Number(high)] : null;
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

const classId = (label: number, names: readonly string[] | null): string => names?.[label] ?? String(label);

function isWanted(group: Group, wanted: ReadonlySet<string> | null, names: readonly string[] | null): boolean {
  if (!wanted || !group.labels) return true;
  for (let label = group.labels[0]; label <= group.labels[1]; label++) if (wanted.has(classId(label, names))) return true;
  return false;
}

/** All that may come; those without images are dropped when the import ends. */
function classList(names: readonly string[] | null, groups: readonly Group[]): { id: string; name: string }[] {
  if (names) return names.map((name) => ({ id: name, name: name.replaceAll('_', ' ') })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const highest = groups.reduce((max, group) => Math.max(max, group.labels?.[1] ?? 999), 0);
  return Array.from({ length: highest + 1 }, (_, label) => ({ id: String(label), name: `class ${label}` }));
}

interface Row {
  readonly image: { readonly bytes: unknown; readonly path?: unknown } | null;
  readonly label: unknown;
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
  // Held-out images are counted from the beginning, so that nothing can be left out there.
  const isStored = groups.map((group) => group.split !== null && stored.countTags(group.firstTag, group.firstTag + group.rows) === group.rows);
  const fetch = (index: number): Promise<readonly Row[]> | null => {
    const group = groups[index];
    if (!group) return null;
    const reading = isStored[index] ? Promise.resolve([]) : readRows(group);
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

async function readRows({ file, rowStart, rows }: Group): Promise<readonly Row[]> {
  const { source, metadata } = file;
  let failure: unknown = null;
  const buffer = {
    byteLength: source.size,
    slice: async (start: number, end = source.size): Promise<ArrayBuffer> => {
      try {
        const bytes = await source.slice(start, end);
        if (bytes.length < end - start) throw new LabError('file-truncated', `${source.name}: the file ends after ${start + bytes.length} bytes.`, 'Download it again.');
        return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : bytes.slice().buffer;
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  };
  try {
    let result: readonly Row[] = [];
    await parquetRead({
      file: buffer,
      metadata,
      columns: ['image', 'label'],
      rowStart,
      rowEnd: rowStart + rows,
      rowFormat: 'object',
      compressors,
      utf8: false,
      onComplete: (found) => {
        result = found as unknown as readonly Row[];
      },
    });
    return result;
  } catch (error) {
    // What the source itself said is not the file's fault.
    if (failure) throw failure;
    throw damaged(baseName(source.name), `rows ${rowStart + 1} to ${rowStart + rows} cannot be read`, error);
  }
}
