/** What is told of Ω after a task: per layer, as a density against drift, and how tasks overlap. Plain data. */

export interface LayerImportance {
  /** Parameter name, as torchvision has it. */
  readonly name: string;
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  /** Share of Σ Ω over all parameters. */
  readonly share: number;
  /** Share of entries that are exactly zero (free weights). */
  readonly zeroShare: number;
  /** Counts per decade-bucket of log₁₀ Ω: bucket i covers [histogramMin + i·histogramStep, …). Zeros are not in it. */
  readonly histogram: readonly number[];
  readonly histogramMin: number;
  readonly histogramStep: number;
  /** Root mean square of θ − θ* since the previous task's end. */
  readonly drift: number;
}

/** How far weights moved while a task was trained, against the Ω that held them meanwhile: a two-dimensional histogram in powers of two. */
export interface DriftDensity {
  /** Parameter name. All parameters of a task share the axes. */
  readonly name: string;
  /** log₁₀ of the lower edge of the first column (Ω) and row (|θ − θ*|); each bucket is `step` wide. */
  readonly omegaMin: number;
  readonly driftMin: number;
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  /** Weights in column c and row r at [c · rows + r]. Smaller values than the axes reach are in the first. */
  readonly counts: readonly number[];
  /** Weights with Ω = 0, and weights with Ω > 0 that did not move at all: not in the counts. */
  readonly free: number;
  readonly still: number;
}

/** Which weights several tasks rely on: overlap of their sets of the tenth of weights of greatest Ω, each by the task's own Ω. */
export interface ImportanceOverlap {
  /** |A ∩ B| / |A ∪ B| of tasks i and j; null where a set is not known (a run that came without them). */
  readonly jaccard: readonly (readonly (number | null)[])[];
  /** Number of weights that are in exactly k of the sets, k from 0 on. */
  readonly served: readonly number[];
  /** Share of each layer's weights that are in two sets or more, in the order of `layers`. */
  readonly sharedByLayer: readonly number[];
}

export interface ImportanceSummary {
  /** After this task. */
  readonly task: number;
  readonly layers: readonly LayerImportance[];
  /** max Ω over all parameters, for lr · 2λ · max Ω. */
  readonly maxOmega: number;
  readonly elapsedMs: number;
  /** From the second task on; absent in older runs. */
  readonly density?: readonly DriftDensity[];
  readonly overlap?: ImportanceOverlap;
  /** First-layer filters as small RGB images with their share of importance, for drawing. */
  readonly filters: readonly { readonly rgba: Uint8ClampedArray; readonly width: number; readonly height: number; readonly omega: number }[];
}
