/**
 * The list of shards that `npm run data` writes beside them: per task and split one Parquet file, in it one row group a class, each with
 * its place and SHA-256, so that a page reads class by class and checks what it got.
 */
import { LabError } from '../../core/errors.ts';

export const MANIFEST_NAME = 'manifest.json';
export const MANIFEST_FORMAT = 'mas-lab-shards';
export const MAX_MANIFEST_BYTES = 32 * 1024 * 1024;

/** Images of one class inside a shard: bytes [start, end) of the file. */
export interface ShardPart {
  readonly classId: string;
  readonly images: number;
  readonly start: number;
  readonly end: number;
  readonly sha256: string;
}

export interface ShardFile {
  /** Beside the manifest. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly images: number;
  readonly parts: readonly ShardPart[];
}

export interface ShardTask {
  readonly classes: readonly { readonly id: string; readonly name: string; readonly trainCount: number; readonly testCount: number }[];
  readonly train: ShardFile;
  readonly test: ShardFile;
}

export interface ShardsManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly version: 1;
  readonly name: string;
  /** The file the images came from. */
  readonly source: string;
  /** Whose the images are, and what may be done with them. */
  readonly licence: string;
  readonly split: { readonly kind: string; readonly seed: number; readonly tasks: number; readonly classesPerTask: number };
  readonly tasks: readonly ShardTask[];
}

/** @throws LabError 'file-format' naming the first thing that is not as it should be */
export function parseManifest(text: string, fileName: string): ShardsManifest {
  const wrong = (what: string): LabError =>
    new LabError('file-format', `${fileName}: not a list of shards as “npm run data” writes it (${what}).`, 'Give the address of the manifest.json beside the shards.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw wrong('it is not JSON');
    throw error;
  }
  const check = (condition: boolean, what: string): void => {
    if (!condition) throw wrong(what);
  };
  const manifest = value as ShardsManifest;
  check(isRecord(value) && value['format'] === MANIFEST_FORMAT, `“format” is not ${MANIFEST_FORMAT}`);
  check(manifest.version === 1, `version ${String(manifest.version)}; this lab reads version 1`);
  check(isText(manifest.name) && isText(manifest.source) && isText(manifest.licence), 'name, source or licence is missing');
  check(Array.isArray(manifest.tasks) && manifest.tasks.length > 0, 'it lists no tasks');
  const seen = new Set<string>();
  for (const [t, task] of manifest.tasks.entries()) {
    const where = `task ${t + 1}`;
    check(isRecord(task) && Array.isArray(task.classes) && task.classes.length > 0, `${where} has no classes`);
    for (const info of task.classes) {
      check(isText(info?.id) && isText(info.name) && isCount(info.trainCount) && isCount(info.testCount), `${where} has a class without id, name or counts`);
      check(!seen.has(info.id), `class ${info.id} comes twice`);
      seen.add(info.id);
    }
    const ids = new Set(task.classes.map(({ id }) => id));
    for (const split of ['train', 'test'] as const) {
      const shard: unknown = task[split];
      check(isRecord(shard) && isShard(shard as unknown as ShardFile, ids), `${where}’s ${split} shard is not described right`);
    }
  }
  return manifest;
}

function isShard(shard: ShardFile, ids: ReadonlySet<string>): boolean {
  return (
    isText(shard.file) &&
    !/[/\\]|^\.\.?$/.test(shard.file) &&
    isCount(shard.sizeBytes) &&
    isDigest(shard.sha256) &&
    Array.isArray(shard.parts) &&
    shard.parts.every(
      (part: ShardPart) =>
        ids.has(part?.classId) && isCount(part.images) && isCount(part.start) && isCount(part.end) && part.start < part.end && part.end <= shard.sizeBytes && isDigest(part.sha256),
    )
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isDigest = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
