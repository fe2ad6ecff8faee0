/** Imported weights, kept so that runs can start from them: by the SHA-256 of the file they came in. */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { BlobStore } from '../data/types.ts';
import { modelSpec } from '../engine/model/models.ts';
import { requireParams, type HostParams } from '../engine/model/params.ts';
import { backboneParams } from '../engine/model/spec.ts';

export interface StoredWeights {
  readonly version: 1;
  /** Lower-case hexadecimal. */
  readonly id: string;
  /** As the person knows it: the file's name. */
  readonly name: string;
  /** Address or path it was read from; the name again for a dropped file. */
  readonly sourceName: string;
  /** The backbone alone, by torchvision's names, in PyTorch's layout. */
  readonly tensors: HostParams;
}

/** What a run's backbone starts from. */
export type StartingPoint =
  | { readonly kind: 'random' }
  | { readonly kind: 'imported'; readonly backbone: HostParams }
  /** The config names weights that are not stored here: the run came from elsewhere, or storage was cleared. */
  | { readonly kind: 'missing' };

const PREFIX = 'weights/';
const keyOf = (id: string): string => PREFIX + id;

export class WeightStore {
  private readonly blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.blobs = blobs;
  }

  /** @throws LabError 'storage-full' */
  async save(weights: StoredWeights): Promise<void> {
    await this.blobs.set(keyOf(weights.id), weights);
  }

  /** Null where nothing is stored under the id. */
  async find(id: string): Promise<StoredWeights | null> {
    const stored = await this.blobs.get(keyOf(id));
    return isStored(stored) ? stored : null;
  }

  /** Forgets all others: hundreds of megabytes each that nothing starts from. */
  async keepOnly(ids: ReadonlySet<string>): Promise<void> {
    const kept = new Set([...ids].map(keyOf));
    await this.blobs.delete((await this.blobs.keys()).filter((key) => key.startsWith(PREFIX) && !kept.has(key)));
  }

  async startingPoint({ initialWeights }: RunConfig): Promise<StartingPoint> {
    if (initialWeights === '') return { kind: 'random' };
    const stored = await this.find(initialWeights);
    return stored ? { kind: 'imported', backbone: stored.tensors } : { kind: 'missing' };
  }

  /** @throws LabError 'data-missing' where the config's starting weights are not stored, 'param-mismatch' where they are another model's */
  async requireUsable(config: RunConfig): Promise<void> {
    const start = await this.startingPoint(config);
    if (start.kind === 'missing') throw missingWeights(config);
    if (start.kind === 'random') return;
    const model = modelSpec(config.model, config.dropout);
    requireParams(start.backbone, backboneParams(model), model);
  }
}

export function missingWeights(config: RunConfig): LabError {
  return new LabError(
    'data-missing',
    `The starting weights ${config.initialWeights} are not stored here.`,
    'Import the file with this SHA-256 (sha256sum prints it), or start from random weights.',
  );
}

function isStored(value: unknown): value is StoredWeights {
  return typeof value === 'object' && value !== null && (value as Partial<StoredWeights>).version === 1;
}
