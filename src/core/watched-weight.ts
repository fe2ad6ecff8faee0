/** One weight followed step by step: which, and what each update did to it. Plain data. */

/** Which weight to watch. `index` counts in PyTorch's order. */
export type WeightChoice =
  /** The one of largest Ω; any, before there is an Ω. */
  | { readonly kind: 'important' }
  | { readonly kind: 'random' }
  | { readonly kind: 'at'; readonly parameter: string; readonly index: number };

/** A weight as it is now. */
export interface WatchedWeight {
  /** As torchvision names it. */
  readonly parameter: string;
  /** PyTorch's: conv [out, in, rows, columns], linear [out, in], bias [out]. */
  readonly shape: readonly number[];
  /** In PyTorch's order. */
  readonly index: number;
  readonly theta: number;
  /** Null where nothing is protected yet. */
  readonly omega: number | null;
  readonly anchor: number | null;
}

/** Every number that one update of one weight had in it (the arithmetic: `sgdUpdate` in kernels/ops.ts). */
export interface UpdateNumbers {
  /** θ, momentum buffer and gradient of the loss, before the update. */
  readonly theta: number;
  readonly velocity: number;
  readonly gradient: number;
  /** Null where nothing pulls. */
  readonly omega: number | null;
  readonly anchor: number | null;
  readonly thetaAfter: number;
  readonly velocityAfter: number;
}

/** One step of the watched weight. */
export interface WeightUpdate extends UpdateNumbers {
  readonly step: number;
  readonly task: number;
  readonly parameter: string;
  readonly index: number;
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  /** λ as it enters the penalty: λ times the method's own factor (½ for EWC). */
  readonly lambda: number;
  readonly penaltyStep: 'gradient' | 'proximal';
}
