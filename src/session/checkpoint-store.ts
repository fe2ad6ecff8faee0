/**
 * Checkpoints in a {@link BlobStore}. Each tensor lies by itself, a large one in parts, so that one is read or written without the others:
 * those of full AlexNet weigh hundreds of megabytes together.
 *
 * | key | value |
 * |---|---|
 * | `run/<id>/kept/<n>` | {@link KeptCheckpoint}: the state after n tasks; written last, so what it names is whole |
 * | `run/<id>/tensors/<stamp>/<serial>` | {@link Part}: one stamp for every time that a checkpoint is kept |
 * | `run/<id>/after/<n>` | a {@link Checkpoint} as one value, which labs wrote before |
 *
 * Keeping a checkpoint in place of another removes the other's tensors after the new one is named. What was cut off on the way leaves
 * tensors that no checkpoint names; {@link CheckpointStore.cleanUp} finds them.
 */
import { LabError } from '../core/errors.ts';
import { freeBytes } from '../core/free-bytes.ts';
import type { Locks } from '../data/locks.ts';
import type { BlobStore } from '../data/types.ts';
import { storedSize, storedSource, type DistantTensor, type OutTensor } from '../formats/named-tensors.ts';
import { checkpointSource, type Checkpoint, type CheckpointAnswers, type CheckpointSource } from './checkpoint.ts';

/** Bytes of a tensor, as files have them. */
type Part = Uint8Array<ArrayBuffer>;

/** A tensor and where it lies: under `parts` serials from `first` on. */
interface PlacedTensor extends Pick<DistantTensor, 'name' | 'dtype' | 'shape'> {
  readonly first: number;
  readonly parts: number;
}

interface KeptCheckpoint {
  readonly version: 1;
  readonly stamp: string;
  readonly tensors: readonly PlacedTensor[];
  readonly answers: CheckpointAnswers;
}

/** Of a part, and of what is written at once. A browser holds a value several times while it is read. */
const PART_BYTES = 8 * 2 ** 20;

export const RUN_PREFIX = 'run/';
/** Held while the tensors of this run are written or removed. */
export const runLock = (id: string): string => `mas-lab/run/${id}`;
const keptPrefix = (id: string): string => `${RUN_PREFIX}${id}/kept/`;
const tensorsPrefix = (id: string): string => `${RUN_PREFIX}${id}/tensors/`;
const stampPrefix = (id: string, stamp: string): string => `${tensorsPrefix(id)}${stamp}/`;
const partKey = (id: string, stamp: string, serial: number): string => `${stampPrefix(id, stamp)}${serial}`;
const olderKey = (id: string, finishedTasks: number): string => `${RUN_PREFIX}${id}/after/${finishedTasks}`;

export class CheckpointStore {
  private readonly blobs: BlobStore;
  private readonly locks: Locks;

  constructor(blobs: BlobStore, locks: Locks) {
    this.blobs = blobs;
    this.locks = locks;
  }

  /** Without its tensors, which are read when they are asked for. Null where none is stored. */
  async find(id: string, finishedTasks: number): Promise<CheckpointSource | null> {
    const kept = await this.kept(id, finishedTasks);
    if (kept) return { finishedTasks, answers: kept.answers, tensors: kept.tensors.map((tensor) => this.distant(id, kept.stamp, tensor)) };
    const older = await this.blobs.get(olderKey(id, finishedTasks));
    return older ? checkpointSource(older as Checkpoint) : null;
  }

  /**
   * Keeps a checkpoint, and writes `beside` in the same moment; what was kept there before stays until then.
   * @throws LabError 'storage-full', nothing changed
   */
  async save(id: string, checkpoint: CheckpointSource, beside: readonly (readonly [string, unknown])[]): Promise<void> {
    await this.locks.exclusive(runLock(id), async () => {
      const { finishedTasks, answers } = checkpoint;
      const before = await this.kept(id, finishedTasks);
      const stamp = crypto.randomUUID();
      try {
        const tensors = await this.write(id, stamp, checkpoint.tensors);
        const kept: KeptCheckpoint = { version: 1, stamp, tensors, answers };
        await this.blobs.setMany([[`${keptPrefix(id)}${finishedTasks}`, kept], ...beside]);
      } catch (error) {
        // Here and below: where even this fails, cleanUp comes by when the lab opens again.
        await this.deleteUnder(stampPrefix(id, stamp)).catch(() => undefined);
        throw withTotal(error, checkpoint);
      }
      await this.forget(id, finishedTasks, before).catch(() => undefined);
    });
  }

  /** Deletes tensors that no checkpoint names. Safe at any time, whatever other tabs do. */
  async cleanUp(): Promise<void> {
    for (const id of runsWithOrphans(await this.blobs.keys())) {
      // One that is being written to is for the next time.
      await this.locks.tryExclusive(runLock(id), () => this.deleteOrphans(id));
    }
  }

  /** What a new checkpoint has taken the place of. */
  private async forget(id: string, finishedTasks: number, kept: KeptCheckpoint | null): Promise<void> {
    await this.blobs.delete([olderKey(id, finishedTasks)]);
    if (kept) await this.deleteUnder(stampPrefix(id, kept.stamp));
  }

  private async deleteOrphans(id: string): Promise<void> {
    const keys = await this.blobs.keys();
    const named = new Set<string>();
    for (const key of keys.filter((own) => own.startsWith(keptPrefix(id)))) {
      const kept = await this.blobs.get(key);
      if (isKept(kept)) named.add(stampPrefix(id, kept.stamp));
    }
    const orphans = keys.filter((key) => key.startsWith(tensorsPrefix(id)) && !named.has(key.slice(0, key.lastIndexOf('/') + 1)));
    await this.blobs.delete(orphans);
  }

  private async kept(id: string, finishedTasks: number): Promise<KeptCheckpoint | null> {
    const kept = await this.blobs.get(`${keptPrefix(id)}${finishedTasks}`);
    return isKept(kept) ? kept : null;
  }

  private async write(id: string, stamp: string, tensors: readonly OutTensor[]): Promise<PlacedTensor[]> {
    const placed: PlacedTensor[] = [];
    let serial = 0;
    let batch: [string, Part][] = [];
    let batchBytes = 0;
    const flush = async (): Promise<void> => {
      await this.blobs.setMany(batch);
      batch = [];
      batchBytes = 0;
    };
    for (const tensor of tensors) {
      const { name, dtype, shape } = tensor;
      const first = serial;
      for await (const chunk of storedSource(tensor).chunks()) {
        for (let at = 0; at < chunk.length; at += PART_BYTES) {
          // A copy: a view is stored with all of its buffer.
          const part = chunk.slice(at, at + PART_BYTES);
          if (batchBytes + part.length > PART_BYTES) await flush();
          batch.push([partKey(id, stamp, serial++), part]);
          batchBytes += part.length;
        }
      }
      placed.push({ name, dtype, shape, first, parts: serial - first });
    }
    await flush();
    return placed;
  }

  private distant(id: string, stamp: string, tensor: PlacedTensor): DistantTensor {
    const { name, dtype, shape } = tensor;
    const described = { name, dtype, shape };
    return { ...described, stored: { sizeBytes: storedSize(described), chunks: () => this.parts(id, stamp, tensor) } };
  }

  private async *parts(id: string, stamp: string, { name, first, parts }: PlacedTensor): AsyncGenerator<Part> {
    for (let serial = first; serial < first + parts; serial++) {
      const part = await this.blobs.get(partKey(id, stamp, serial));
      if (!(part instanceof Uint8Array)) throw runMissing(id, name);
      const bytes = part as Part;
      yield bytes;
      freeBytes(bytes);
    }
  }

  private async deleteUnder(prefix: string): Promise<void> {
    await this.blobs.delete((await this.blobs.keys()).filter((key) => key.startsWith(prefix)));
  }
}

/** What a run's checkpoint replaces where only the newest is wanted: the keys of all others, if this is the key of one. */
export function otherCheckpoints(key: string, value: unknown, keys: readonly string[]): string[] {
  const id = /^run\/([^/]+)\/kept\/\d+$/.exec(key)?.[1];
  if (id === undefined || !isKept(value)) return [];
  const own = stampPrefix(id, value.stamp);
  return keys.filter((other) => (other.startsWith(keptPrefix(id)) && other !== key) || (other.startsWith(tensorsPrefix(id)) && !other.startsWith(own)));
}

export function runMissing(id: string, what: string): LabError {
  return new LabError('run-missing', `Run ${id} cannot be opened: ${what} is not in this browser’s storage.`, 'It may have been deleted in another tab, or its storage was refused. Start the run again.');
}

/** By the keys alone: every checkpoint names one stamp, so a run with more stamps than checkpoints has some that none names. */
function runsWithOrphans(keys: readonly string[]): string[] {
  const stamps = new Map<string, Set<string>>();
  const checkpoints = new Map<string, number>();
  for (const key of keys) {
    const [, id, what, name] = /^run\/([^/]+)\/(kept|tensors)\/([^/]+)/.exec(key) ?? [];
    if (id === undefined || name === undefined) continue;
    if (what === 'kept') checkpoints.set(id, (checkpoints.get(id) ?? 0) + 1);
    else stamps.set(id, (stamps.get(id) ?? new Set()).add(name));
  }
  return [...stamps].filter(([id, found]) => found.size > (checkpoints.get(id) ?? 0)).map(([id]) => id);
}

/** What a part of it did not fit into says little of the whole. */
function withTotal(error: unknown, { finishedTasks, tensors }: CheckpointSource): unknown {
  if (!(error instanceof LabError) || error.code !== 'storage-full') return error;
  const total = tensors.reduce((sum, tensor) => sum + storedSize(tensor), 0);
  return new LabError(error.code, `${error.message} The state after task ${finishedTasks} takes ${(total / 1e6).toFixed(1)} MB in all.`, error.hint, error);
}

function isKept(value: unknown): value is KeptCheckpoint {
  return typeof value === 'object' && value !== null && (value as Partial<KeptCheckpoint>).version === 1;
}
