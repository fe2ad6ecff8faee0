/** Imported weights, kept so that runs can start from them: by the SHA-256 of the file they came in. */
import type { RunConfig } from '../core/config.ts';
import { LabError } from '../core/errors.ts';
import type { WeightsSummary } from '../core/protocol.ts';
import type { BlobStore } from '../data/types.ts';
import { modelSpec } from '../engine/model/models.ts';
import { requireParams, type HostParams } from '../engine/model/params.ts';
import { backboneParams } from '../engine/model/spec.ts';

/** What is known of stored weights without reading them, which can be hundreds of megabytes. */
interface Listed extends WeightsSummary {
  readonly version: 1;
}

/** The backbone alone, by torchvision's names, in PyTorch's layout. */
interface StoredWeights {
  readonly version: 1;
  readonly tensors: HostParams;
}

/** What a run's backbone starts from. */
export type StartingPoint =
  | { readonly kind: 'random' }
  | { readonly kind: 'imported'; readonly backbone: HostParams }
  /** The config names weights that are not stored here: the run came from elsewhere, or storage was cleared. */
  | { readonly kind: 'missing' };

const LISTED = 'weights-of/';
const keysOf = (id: string): [listed: string, tensors: string] => [LISTED + id, `weights/${id}`];

export class WeightStore {
  private readonly blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.blobs = blobs;
  }

  /** @throws LabError 'storage-full' */
  async save(summary: WeightsSummary, tensors: HostParams): Promise<void> {
    const [listed, values] = keysOf(summary.id);
    await this.blobs.setMany([
      [values, { version: 1, tensors } satisfies StoredWeights],
      [listed, { version: 1, ...summary } satisfies Listed],
    ]);
  }

  /** What is stored, newest first. */
  async list(): Promise<WeightsSummary[]> {
    const keys = (await this.blobs.keys()).filter((key) => key.startsWith(LISTED));
    const found = await Promise.all(keys.map((key) => this.blobs.get(key)));
    return found.filter(isVersion1<Listed>).sort((a, b) => b.importedAt.localeCompare(a.importedAt));
  }

  async delete(id: string): Promise<void> {
    await this.blobs.delete(keysOf(id));
  }

  async startingPoint({ initialWeights }: RunConfig): Promise<StartingPoint> {
    if (initialWeights === '') return { kind: 'random' };
    const stored = await this.blobs.get(keysOf(initialWeights)[1]);
    return isVersion1<StoredWeights>(stored) ? { kind: 'imported', backbone: stored.tensors } : { kind: 'missing' };
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

function isVersion1<T extends { readonly version: 1 }>(value: unknown): value is T {
  return typeof value === 'object' && value !== null && (value as Partial<T>).version === 1;
}
