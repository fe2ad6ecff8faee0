/**
 * Parquet files of images: opening, checking and reading a row group at a time. `image` = {bytes, path}, `label` = an integer, as the
 * Hugging Face library writes them, with the labels' names in the file's metadata.
 */
import { parquetMetadata, parquetRead, type FileMetaData, type RowGroup } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { LabError } from '../../core/errors.ts';
import { describeContent, matches } from '../file-kind.ts';
import type { ByteSource } from '../types.ts';
import { baseName } from './paths.ts';

const MAX_FOOTER_BYTES = 64 * 1024 * 1024;
/** A row group is read whole. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024;
export interface ParquetFile {
  readonly source: ByteSource;
  readonly metadata: FileMetaData;
  readonly footer: Uint8Array;
}

export interface RowGroupPlace {
  /** First row inside the file. */
  readonly rowStart: number;
  readonly rows: number;
  /** Of the columns that are read, as they lie in the file. */
  readonly packedBytes: number;
  /** Bytes of the file that hold them: [start, end). */
  readonly range: readonly [number, number];
  /** Smallest and largest label in it, where the file says. */
  readonly labels: readonly [number, number] | null;
}

/** @throws LabError 'file-empty', 'file-truncated' (no footer), 'file-format' (no Parquet; another schema), 'file-damaged' */
export async function openParquet(source: ByteSource): Promise<ParquetFile> {
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

/** Names of the labels, from the metadata that the Hugging Face library writes. All files must agree. */
export function labelNames(files: readonly ParquetFile[]): readonly string[] | null {
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

/** @throws LabError 'file-limit' */
export function rowGroups(file: ParquetFile): RowGroupPlace[] {
  const places: RowGroupPlace[] = [];
  let rowStart = 0;
  for (const group of file.metadata.row_groups) {
    const rows = Number(group.num_rows);
    const packedBytes = neededBytes(group);
    if (packedBytes > MAX_GROUP_BYTES) {
      throw new LabError('file-limit', `${file.source.name}: a row group has ${packedBytes} bytes, the limit is ${MAX_GROUP_BYTES}.`, 'Write the file with smaller row groups.');
    }
    if (rows > 0) places.push({ rowStart, rows, packedBytes, range: byteRange(group), labels: labelRange(group) });
    rowStart += rows;
  }
  return places;
}

function neededColumns(group: RowGroup) {
  return group.columns.flatMap(({ meta_data: column }) => (column && ['image', 'label'].includes(column.path_in_schema[0] ?? '') ? [column] : []));
}

function neededBytes(group: RowGroup): number {
  return neededColumns(group).reduce((sum, column) => sum + Number(column.total_compressed_size), 0);
}

function byteRange(group: RowGroup): readonly [number, number] {
  const ranges = neededColumns(group).map((column) => {
    const start = Number(column.dictionary_page_offset ?? column.data_page_offset);
    return [start, start + Number(column.total_compressed_size)] as const;
  });
  return [Math.min(...ranges.map(([start]) => start)), Math.max(...ranges.map(([, end]) => end))];
}

function labelRange(group: RowGroup): readonly [number, number] | null {
  const statistics = group.columns.find(({ meta_data: column }) => column?.path_in_schema.join('.') === 'label')?.meta_data?.statistics;
  const low = statistics?.min_value ?? statistics?.min;
  const high = statistics?.max_value ?? statistics?.max;
  return isInteger(low) && isInteger(high) ? [Number(low), Number(high)] : null;
}

export function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

export interface ImageRow {
  readonly image: { readonly bytes: unknown; readonly path?: unknown } | null;
  readonly label: unknown;
}

/** The labels of a row group alone, a few bytes each. @throws LabError as {@link readRows} */
export async function readLabels(file: ParquetFile, place: RowGroupPlace): Promise<readonly number[]> {
  const rows = await readRows(file, place, ['label']);
  return rows.flatMap(({ label }) => (isInteger(label) ? [Number(label)] : []));
}

/** @throws LabError 'file-damaged' naming the rows, 'file-truncated', and what the source throws */
export async function readRows({ source, metadata }: ParquetFile, { rowStart, rows }: RowGroupPlace, columns = ['image', 'label']): Promise<readonly ImageRow[]> {
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
    let result: readonly ImageRow[] = [];
    await parquetRead({
      file: buffer,
      metadata,
      columns,
      rowStart,
      rowEnd: rowStart + rows,
      rowFormat: 'object',
      compressors,
      utf8: false,
      onComplete: (found) => {
        result = found as unknown as readonly ImageRow[];
      },
    });
    return result;
  } catch (error) {
    // What the source itself said is not the file's fault.
    if (failure) throw failure;
    throw damaged(baseName(source.name), `rows ${rowStart + 1} to ${rowStart + rows} cannot be read`, error);
  }
}
