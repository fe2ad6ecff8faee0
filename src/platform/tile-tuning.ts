/** Tiles of WebGPU products measured on this device: between the steps of runs, once, and kept from visit to visit. */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { MeasuredTiles, TileReport } from '../core/measured-tiles.ts';
import type { LabEvent } from '../core/protocol.ts';
import type { BlobStore } from '../data/types.ts';
import type { TileTuner } from '../kernels/webgpu/tuner.ts';
import { isSoftware } from './webgpu-backend.ts';

/** Milliseconds that measuring may take on an adapter that is a program, where only who asks for it gets it: compiling alone takes seconds. */
const SOFTWARE_BUDGET_MS = 60_000;

/** For the adapter and backend at hand; null where tiles are not measured: on a software adapter unless `evenSoftware`. */
export async function openTileTuning(adapter: GPUAdapter, backend: WebGPUBackend, evenSoftware: boolean): Promise<TileTuning | null> {
  const software = isSoftware(adapter);
  if (software && !evenSoftware) return null;
  // Loaded here alone: no page loads the kernels of a backend it does not run on.
  const { TileTuner } = await import('../kernels/webgpu/tuner.ts');
  const now = (): number => performance.now();
  return new TileTuning(software ? new TileTuner(backend, now, SOFTWARE_BUDGET_MS) : new TileTuner(backend, now), adapter.info);
}

export class TileTuning {
  private readonly tuner: TileTuner;
  private readonly key: string;
  private store: Pick<BlobStore, 'get' | 'set'> | null = null;

  /** @param info of the adapter that the tuner's device is of: what is kept of another is not looked at */
  constructor(tuner: TileTuner, { vendor, architecture, device, description }: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>) {
    this.tuner = tuner;
    this.key = `tiles/${[vendor, architecture, device, description].join('/')}`;
  }

  /** Takes over what the store holds of this device, and keeps there what is measured from now on. A store that fails is not used. */
  async keepIn(store: Pick<BlobStore, 'get' | 'set'>): Promise<void> {
    const kept = await store.get(this.key).catch(() => null);
    if (kept === null) return;
    if (Array.isArray(kept) && kept.every(isMeasured)) this.tuner.plans.restore(kept);
    this.store = store;
  }

  /** Gives the time for another run. */
  refill(): void {
    this.tuner.refill();
  }

  get report(): TileReport {
    return this.tuner.report;
  }

  /**
   * Measures what was computed for the first time since.
   * @param goOn asked every few milliseconds; false ends it
   * @returns what there is to say; null where there is nothing new. Never fails: without a measurement the usual tiles do
   */
  async measure(goOn: () => boolean): Promise<LabEvent | null> {
    try {
      if (!(await this.tuner.measure(goOn))) return null;
      await this.store?.set(this.key, this.report.measured);
      return { kind: 'tiles', tiles: this.report };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'notice', text: `Which tiles are fastest on this device could not be measured or kept (${why}). Training goes on with those in use.` };
    }
  }
}

function isMeasured(value: unknown): value is MeasuredTiles {
  if (typeof value !== 'object' || value === null) return false;
  const { product, sourceHash, tiles, usualTiles, ms, usualMs } = value as Partial<Record<keyof MeasuredTiles, unknown>>;
  return [product, sourceHash, tiles, usualTiles].every((text) => typeof text === 'string') && [ms, usualMs].every((time) => typeof time === 'number');
}
