/** A product apart from the tensors it works on: what tiles are chosen for, and the program that any choice gives. */
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Program, StorageBinding, UniformField } from './device-cache.ts';
import type { GemmOperand } from './gemm-operand.ts';
import { planGemm, planUse, tilingName, type GemmPlan } from './gemm-plan.ts';
import { gemmSource, type Variant } from './gemm-source.ts';
import type { GradientUse } from './gradient-use.ts';
import { foldedWorkgroups } from './program.ts';

export interface GemmProblem {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly a: GemmOperand;
  readonly b: GemmOperand;
  /** Sum each of `count` stretches of `depth`, fold it, and add up the results. Their product is the whole depth. */
  readonly folding?: { readonly fold: 'abs' | 'square'; readonly count: number; readonly depth: number };
  readonly bias?: TensorInfo;
  readonly relu?: boolean;
}

export interface GemmProduct {
  /** Names all that the speed of a plan can depend on: operands as they are read, what becomes of results, extents. */
  readonly key: string;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly folds: boolean;
  /** The plan by arithmetic. Others may differ from it in their tiles, never in their slices: results then have the same bits. */
  readonly usual: GemmPlan;
  readonly storage: readonly StorageBinding[];
  /** Floats in each binding's buffer, in binding order. */
  sizes(): number[];
  program(plan: GemmPlan): Program & { readonly workgroups: readonly [number, number, number] };
}

/** The product written to a tensor: [rows, columns], or [slices, rows, columns] without bias and ReLU where the plan has slices. */
export function writtenProduct(problem: GemmProblem): GemmProduct {
  const { rows, columns, depth, a, b, folding } = problem;
  const usual = planGemm(rows, columns, depth, folding);
  const whole = usual.slices === 1;
  const bias = whole ? problem.bias : undefined;
  const element = elementOf(columns);
  const operands = [a.tensor, b.tensor, ...(bias ? [bias] : [])];
  return product(
    problem,
    usual,
    [
      { name: 'result', element, access: 'read_write' },
      { name: 'a', element: a.element, access: 'read' },
      { name: 'b', element: b.element, access: 'read' },
      ...(bias ? [{ name: 'bias', element, access: 'read' } as const] : []),
    ],
    () => [usual.slices * rows * columns, ...operands.map(({ shape }) => util.sizeFromShape(shape))],
    ['gemm', folding?.fold ?? 'sum', bias ? 'bias' : '', whole && problem.relu ? 'relu' : ''].join(' '),
    { fold: folding?.fold, wide: columns % 4 === 0, bias: bias !== undefined, relu: whole && problem.relu === true },
    [],
  );
}

/** The product whose elements go into `use`. */
export function usedProduct(problem: GemmProblem, use: GradientUse): GemmProduct {
  const { rows, columns, depth, a, b } = problem;
  const operands = [...use.operands, a.tensor, b.tensor];
  return product(
    problem,
    planUse(rows, columns, depth),
    [...use.storage, { name: 'a', element: a.element, access: 'read' }, { name: 'b', element: b.element, access: 'read' }],
    () => operands.map(({ shape }) => util.sizeFromShape(shape)),
    `gemm into ${use.key}`,
    { fold: undefined, wide: columns % 4 === 0, bias: false, relu: false, use: use.statements },
    use.uniforms,
  );
}

function product(
  problem: GemmProblem,
  usual: GemmPlan,
  storage: readonly StorageBinding[],
  sizes: () => number[],
  outcome: string,
  variant: Variant,
  uniforms: readonly UniformField[],
): GemmProduct {
  const { rows, columns, depth, a, b, folding } = problem;
  const program = [outcome, a.key, a.element, b.key, b.element, variant.wide ? 'wide' : 'narrow'].join(' ');
  return {
    key: `${program} ${rows}x${columns}x${folding ? `${folding.count}x${folding.depth}` : depth}`,
    rows,
    columns,
    depth,
    folds: folding !== undefined,
    usual,
    storage,
    sizes,
    program: (plan) => {
      const [x, y] = foldedWorkgroups(Math.ceil(rows / plan.tileRows) * Math.ceil(columns / plan.tileColumns), 1);
      return {
        key: `${program} ${tilingName(plan)}`,
        source: () => gemmSource(plan, a, b, variant),
        storage,
        uniforms: [...sizeUniforms(problem, plan), ...uniforms],
        workgroups: [x, y, plan.slices],
      };
    },
  };
}

function elementOf(columns: number): 'f32' | 'vec4<f32>' {
  return columns % 4 === 0 ? 'vec4<f32>' : 'f32';
}

function sizeUniforms({ rows, columns, depth, folding }: GemmProblem, { sliceLength }: GemmPlan): UniformField[] {
  return [
    { name: 'rows', type: 'u32', value: rows },
    { name: 'columns', type: 'u32', value: columns },
    { name: 'depth', type: 'u32', value: depth },
    { name: 'sliceLength', type: 'u32', value: sliceLength },
    { name: 'stretches', type: 'u32', value: folding?.count ?? 1 },
    { name: 'stretchDepth', type: 'u32', value: folding?.depth ?? depth },
  ];
}
