/** What a product (`gemm.ts`) reads: four elements at a time through a snippet of WGSL, so that an operand need not exist in memory. */
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** One operand of a product. Outer index: row for A, column for B. */
export interface GemmOperand {
  readonly tensor: TensorInfo;
  readonly element: 'f32' | 'vec4<f32>';
  /**
   * The index along which the operand lies in memory; neighbouring threads take neighbours of it, so that reads coalesce.
   * 'depth by four': four neighbours of depth at a time, one address and one comparison for them; depth is a multiple of four then.
   */
  readonly order: 'outer' | 'depth' | 'depth by four';
  /** Names everything baked into `source`. */
  readonly key: string;
  /**
   * WGSL of `struct Place_<side> {…}`, `fn prepare_<side>(outer: u32) -> Place_<side>` (once a thread) and
   * `fn load_<side>(place: Place_<side>, depth: u32) -> vec4<f32>` (outer … outer + 3; 0 past `params.rows` or `params.columns`;
   * depth is always inside); with 'depth by four' `mat4x4<f32>`, depth … depth + 3, each such a vector. The buffer is `<side>`.
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

/** WGSL that reads four neighbours of depth for each of four outer indices, and turns them to vectors of outer indices. */
export function blockOf(inside: (i: 0 | 1 | 2 | 3) => string, vector: (i: 0 | 1 | 2 | 3) => string): string {
  return `var block = mat4x4<f32>();
  ${eachOfFour((i) => `if (${inside(i)}) { block[${i}] = ${vector(i)}; }`)}
  return transpose(block);`;
}
