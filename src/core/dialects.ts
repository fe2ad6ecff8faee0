/** What published code computes under the name MAS, side by side; and what it means for λ. Plain data. */

export const DIALECT_IDS = ['paper', 'authors', 'avalanche', 'facil'] as const;
export type DialectId = (typeof DIALECT_IDS)[number];

export interface Dialect {
  readonly label: string;
  /** The whole definition, for people. */
  readonly rule: string;
  /** Where it was read. */
  readonly source: string;
  /** Share of the first task's Ω that enters the penalty after that task. */
  readonly firstShare: number;
  /** The penalty is λ · penaltyFactor · Σ Ω (θ − θ*)². */
  readonly penaltyFactor: number;
}

export const DIALECTS: Readonly<Record<DialectId, Dialect>> = {
  paper: {
    label: 'Paper (exact per image)',
    rule: '1/N Σₖ |∂‖F(xₖ)‖²/∂θ|, dropout off; summed over tasks; penalty λ.',
    source: 'Aljundi et al., ECCV 2018, equations 2 and 3',
    firstShare: 1,
    penaltyFactor: 1,
  },
  authors: {
    label: 'Authors’ code, CLsurvey',
    rule: '|∂ Σ ‖F‖²/∂θ| per batch of 200, running mean over images (a short last batch weighs the past wrongly), dropout off; summed over tasks; penalty λ.',
    source: 'rahafaljundi/MAS-Memory-Aware-Synapses, MAS_based_Training.py; Mattdl/CLsurvey, train_MAS.py (b1=False)',
    firstShare: 1,
    penaltyFactor: 1,
  },
  avalanche: {
    label: 'Avalanche',
    rule: '|∂ mean ‖F‖²/∂θ| per training batch, mean over batches, dropout on, heads included; ½ old + ½ new from the second task on; penalty λ.',
    source: 'ContinualAI/avalanche, training/plugins/mas.py (early versions: ‖F‖ not squared, λ/2)',
    firstShare: 1,
    penaltyFactor: 1,
  },
  facil: {
    label: 'FACIL',
    rule: '|∂ mean ‖F‖/∂θ| (not squared, all heads together) per training batch, a short last batch left out, dropout on; ½ old + ½ new, from zero; penalty λ/2.',
    source: 'mmasana/FACIL, src/approach/mas.py',
    firstShare: 0.5,
    penaltyFactor: 0.5,
  },
};

export interface DialectRow {
  readonly dialect: DialectId;
  /** Of Ω as the dialect measures it, over the backbone. */
  readonly mean: number;
  readonly max: number;
  /** Share of entries that are exactly zero. */
  readonly zeroShare: number;
  /** λ that pulls as strongly, on average over all weights, as λ = 1 does in the paper's form, after the first task. */
  readonly lambda: number;
  readonly elapsedMs: number;
}

/** How far two measures of importance agree, over all backbone weights. */
export interface Agreement {
  /** Σ second / Σ first. */
  readonly scale: number;
  /** Slope of the least-squares line through zero: Σ first · second / Σ first². */
  readonly leastSquares: number;
  /** Rank correlation (Spearman), ties at their mean rank; null where one is constant. */
  readonly spearman: number | null;
  /** Share of the first's top tenth of weights that is in the second's too. */
  readonly topOverlap: number;
}

export interface DialectPair extends Agreement {
  readonly first: DialectId;
  readonly second: DialectId;
}

export interface DialectReport {
  /** After this task, through its head. */
  readonly task: number;
  readonly images: number;
  /** Images per training batch, which two dialects depend on. */
  readonly batchSize: number;
  readonly weights: number;
  readonly rows: readonly DialectRow[];
  readonly pairs: readonly DialectPair[];
}
