/** What a product (`gemm.ts`) reads: four elements at a time through a snippet of WGSL, so that an operand need not exist in memory. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** One operand of a product. Outer index: row for A, column for B. */
export interface GemmOperand {
  readonly tensor: TensorInfo;
  readonly element: 'f32' | 'vec4<f32>';
  /**
   * The index along which the operand lies in memory; neighbouring threads take neighbours of it, so that reads coalesce.
   */
  readonly order: 'outer' | 'depth';
  /** Names everything baked into `source`. */
  readonly key: string;
  /**
   * WGSL of `struct Place_<side> {…}`, `fn prepare_<side>(outer: u32) -> Place_<side>` (once a thread) and
   * `fn load_<side>(place: Place_<side>, depth: u32) -> vec4<f32>` (outer … outer + 3; 0 past `params.rows` or `params.columns`;
   * depth is always inside). The buffer is `<side>`.
   */
  readonly source: (side: 'a' | 'b') => string;
}

/** What is done to every element as it is read. */
export type PerElement = 'as it is' | 'abs' | 'square';

/** The WGSL expression. */
export function mapped(value: string, map: PerElement): string {
  switch (map) {
    case 'as it is':
      return value;
    case 'abs':
      return `abs(${value})`;
    case 'square':
      return `${value} * ${value}`;
  }
}

/** WGSL for four neighbours written out: an index known when the shader is compiled keeps vectors in registers. */
export function eachOfFour(statement: (i: 0 | 1 | 2 | 3) => string): string {
  return ([0, 1, 2, 3] as const).map(statement).join('\n  ');
}
