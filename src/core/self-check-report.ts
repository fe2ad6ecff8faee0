/** What the self-check found: kernels, numbers, timing, the adapter. Plain data. */
import type { MeasuredTiles } from './measured-tiles.ts';
import type { BackendReport } from './protocol.ts';

/** One kernel on small inputs against the same made of stock operations. */
export interface KernelReport {
  readonly kernel: string;
  readonly what: string;
  /** max|a − b| / max|b|. */
  readonly error: number;
  readonly right: boolean;
}

/** One number or tensor of the whole network against what PyTorch computed. */
export interface NumberCheck {
  readonly what: string;
  readonly error: number;
  readonly tolerance: number;
  readonly right: boolean;
}

export interface TimingCheck {
  readonly what: string;
  readonly labMs: number;
  readonly stockMs: number;
  /** How many times faster the lab is than stock TensorFlow.js here. */
  readonly ratio: number;
  /** Relative difference of the two first losses: both computed the same. */
  readonly lossGap: number;
}

/** A WebGPU adapter as it describes itself. */
export interface AdapterDetails {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

/** What a self-check has found so far. */
export interface SelfCheckFindings {
  readonly kernels: readonly KernelReport[];
  readonly numbers: readonly NumberCheck[];
  /** Null until both sides are timed. */
  readonly timing: TimingCheck | null;
}

/** Told after every case. */
export interface SelfCheckProgress {
  /** What is being done now. */
  readonly part: 'kernels' | 'network' | 'timing';
  /** Cases done, of all; timing counts as one. */
  readonly done: number;
  readonly total: number;
  readonly findings: SelfCheckFindings;
}

/** What the lab found out about itself on this device. */
export interface SelfCheckReport extends SelfCheckFindings {
  readonly date: string;
  readonly backend: BackendReport;
  /** Null on backends that have none. */
  readonly adapter: AdapterDetails | null;
  /** Of this device, in this visit or before; empty where tiles are not measured. */
  readonly tiles: readonly MeasuredTiles[];
  readonly userAgent: string;
  /** False where it was stopped: the findings are those until then. */
  readonly complete: boolean;
}
