/**
 * The tiled product behind the lab's dense and convolution kernels on WebGPU:
 *
 *   C[r, c] = finish( Σ_d A(r, d) · B(d, c) ),   or, folded,   C[r, c] = Σ_s fold( Σ_{d in stretch s} A(r, d) · B(d, c) ),
 *
 * with fold |·| or ·² and finish an optional bias[c] and ReLU. A and B need not exist in memory: each operand is a snippet of WGSL
 * that fetches four of its elements, so that a convolution is a product whose A is read straight from the images.
 *
 * Dispatch: `gemm-plan.ts` chooses tiles and slices; a workgroup a (tile, slice), tiles folded into x and y, slices in z.
 * Workgroup memory: (tileRows + tileColumns + 8) · tileDepth floats, at most 13,312 bytes. The next slab is fetched into registers
 * while this one is multiplied, so that memory and arithmetic overlap within a workgroup.
 * Bytes moved: A once for each column of tiles, B once for each row of tiles (caches permitting less), C once; with s slices
 * another 2·s·|C|. Folding adds no bytes: the stretch's sum and the total both stay in registers.
 *
 * Speed on real GPUs was not measured where this was written; the shapes of tiles follow from the arithmetic in `gemm-plan.ts`.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { addSlices, rectify } from './add-slices.ts';
import { planGemm, type GemmPlan } from './gemm-plan.ts';
import type { StorageBinding, UniformField } from './device-cache.ts';
import { foldedWorkgroups, makeOutput, record } from './program.ts';

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
  readonly outputShape: readonly number[];
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

/** Computes the product into a new tensor of `outputShape`. */
export function gemm(backend: WebGPUBackend, problem: GemmProblem): TensorInfo {
  const { rows, columns, depth, a, b, folding } = problem;
  const output = makeOutput(backend, problem.outputShape);
  if (rows * columns === 0) return output;
  const plan = planGemm(rows, columns, depth, folding);
  const sliced = plan.slices > 1;
  const target = sliced ? makeOutput(backend, [plan.slices, rows, columns]) : output;
  const wide = columns % 4 === 0;
  const bias = sliced ? undefined : problem.bias;
  const relu = !sliced && problem.relu === true;

  const storage: StorageBinding[] = [
    { name: 'result', element: wide ? 'vec4<f32>' : 'f32', access: 'read_write' },
    { name: 'a', element: a.element, access: 'read' },
    { name: 'b', element: b.element, access: 'read' },
  ];
  const operands = [target, a.tensor, b.tensor];
  if (bias) {
    storage.push({ name: 'bias', element: wide ? 'vec4<f32>' : 'f32', access: 'read' });
    operands.push(bias);
  }
  const [x, y] = foldedWorkgroups(Math.ceil(rows / plan.tileRows) * Math.ceil(columns / plan.tileColumns), 1);
  const { tileRows, tileColumns, tileDepth, rowsPerThread } = plan;
  record(backend, {
    key: [
      'gemm', a.key, a.element, b.key, b.element, `${tileRows}x${tileColumns}x${tileDepth}/${rowsPerThread}`,
      folding?.fold ?? 'sum', wide ? 'wide' : 'narrow', bias ? 'bias' : '', relu ? 'relu' : '',
    ].join(' '),
    source: () => gemmSource(plan, a, b, { fold: folding?.fold, wide, bias: bias !== undefined, relu }),
    storage,
    operands,
    uniforms: sizeUniforms(problem, plan),
    workgroups: [x, y, plan.slices],
  });
  if (sliced) {
    addSlices(backend, target, output, { slices: plan.slices, rows, columns, bias: problem.bias, relu: problem.relu === true });
    backend.disposeData(target.dataId);
  }
  return output;
}

/** What is done with each element of a product, in place of writing it to a new tensor. */
export interface GemmUse {
  /** Names everything baked into `statements`. */
  readonly key: string;
  /** Beside the operands of the product; [rows, columns], as wide as columns allow. */
  readonly storage: readonly StorageBinding[];
  readonly operands: readonly TensorInfo[];
  readonly uniforms: readonly UniformField[];
  /** WGSL that uses `gradient`, element `i` of the product: four neighbours where columns allow. */
  readonly statements: string;
}

/** Computes the product without keeping it: every element goes into `use`. Its depth is not cut into slices. */
export function gemmInto(backend: WebGPUBackend, problem: Pick<GemmProblem, 'rows' | 'columns' | 'depth' | 'a' | 'b'>, use: GemmUse): void {
  const { rows, columns, depth, a, b } = problem;
  if (rows * columns === 0) return;
  const plan = { ...planGemm(rows, columns, depth), slices: 1, sliceLength: depth };
  const wide = columns % 4 === 0;
  const { tileRows, tileColumns, tileDepth, rowsPerThread } = plan;
  record(backend, {
    key: ['gemm into', a.key, a.element, b.key, b.element, `${tileRows}x${tileColumns}x${tileDepth}/${rowsPerThread}`, wide ? 'wide' : 'narrow', use.key].join(' '),
    source: () => gemmSource(plan, a, b, { fold: undefined, wide, bias: false, relu: false, use: use.statements }),
    storage: [...use.storage, { name: 'a', element: a.element, access: 'read' }, { name: 'b', element: b.element, access: 'read' }],
    operands: [...use.operands, a.tensor, b.tensor],
    uniforms: [...sizeUniforms(problem, plan), ...use.uniforms],
    workgroups: foldedWorkgroups(Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns), 1),
  });
}

function sizeUniforms({ rows, columns, depth, folding }: Pick<GemmProblem, 'rows' | 'columns' | 'depth' | 'folding'>, { sliceLength }: GemmPlan): UniformField[] {
  return [
    { name: 'rows', type: 'u32', value: rows },
    { name: 'columns', type: 'u32', value: columns },
    { name: 'depth', type: 'u32', value: depth },
    { name: 'sliceLength', type: 'u32', value: sliceLength },
    { name: 'stretches', type: 'u32', value: folding?.count ?? 1 },
    { name: 'stretchDepth', type: 'u32', value: folding?.depth ?? depth },
  ];
}

interface Variant {
  readonly fold: 'abs' | 'square' | undefined;
  readonly wide: boolean;
  /** Statements that take each element, where nothing is written. */
  readonly use?: string;
  readonly bias: boolean;
  readonly relu: boolean;
}

function gemmSource(plan: GemmPlan, a: GemmOperand, b: GemmOperand, variant: Variant): string {
  const { tileRows, tileColumns, tileDepth, rowsPerThread, threads } = plan;
  const rowThreads = tileRows / rowsPerThread;
  // One vec4 of padding a slab row keeps threads that store along depth out of each other's memory banks.
  const strideA = tileRows / 4 + 1;
  const strideB = tileColumns / 4 + 1;
  const rowQuads = Array.from({ length: rowsPerThread / 4 }, (_, i) => i);
  const accumulators = Array.from({ length: rowsPerThread }, (_, i) => i);
  const fetchA = fetches('a', a.order, tileRows, tileDepth, threads, strideA);
  const fetchB = fetches('b', b.order, tileColumns, tileDepth, threads, strideB);

  const multiply = `for (var k = 0u; k < ${tileDepth}u; k++) {
          let right = slab_b[k * ${strideB}u + threadColumn];
          ${rowQuads.map((q) => `let left${q} = slab_a[k * ${strideA}u + threadRow + ${q * rowThreads}u];`).join('\n          ')}
          ${accumulators.map((i) => `sum${i} += left${i >> 2}.${'xyzw'[i & 3]} * right;`).join('\n          ')}
        }`;
  // A slab is fetched while the one before it is multiplied; the last turn of the loop only multiplies.
  const stretch = `
    for (var d = begin; d < end + ${tileDepth}u; d += ${tileDepth}u) {
      ${fetchA.fetch('d')}
      ${fetchB.fetch('d')}
      if (d > begin) {
        ${multiply}
      }
      workgroupBarrier();
      ${fetchA.store}
      ${fetchB.store}
      workgroupBarrier();
    }`;
  const zeroSums = accumulators.map((i) => `sum${i} = vec4<f32>();`).join(' ');
  const folded = (i: number) => (variant.fold === 'abs' ? `abs(sum${i})` : `sum${i} * sum${i}`);
  const body = variant.fold
    ? `
  ${accumulators.map((i) => `var total${i} = vec4<f32>();`).join(' ')}
  let lastStretch = min(params.stretches, (group.z + 1u) * params.sliceLength);
  for (var s = group.z * params.sliceLength; s < lastStretch; s++) {
    let begin = s * params.stretchDepth;
    let end = begin + params.stretchDepth;
    ${zeroSums}
    ${stretch}
    ${accumulators.map((i) => `total${i} += ${folded(i)};`).join(' ')}
  }`
    : `
    let begin = group.z * params.sliceLength;
    let end = min(params.depth, begin + params.sliceLength);
    ${stretch}`;
  const outcome = variant.fold ? 'total' : 'sum';

  return `
var<workgroup> slab_a: array<vec4<f32>, ${tileDepth * strideA}>;
var<workgroup> slab_b: array<vec4<f32>, ${tileDepth * strideB}>;
${a.source('a')}
${b.source('b')}
${storeSource(variant)}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = group.y * groups.x + group.x;
  let tilesAcross = (params.columns + ${tileColumns - 1}u) / ${tileColumns}u;
  let firstRow = tile / tilesAcross * ${tileRows}u;
  let firstColumn = tile % tilesAcross * ${tileColumns}u;
  if (firstRow >= params.rows) { return; }
  let threadColumn = thread % ${tileColumns / 4}u;
  let threadRow = thread / ${tileColumns / 4}u;
  ${fetchA.prepare('firstRow')}
  ${fetchB.prepare('firstColumn')}
  ${accumulators.map((i) => `var sum${i} = vec4<f32>();`).join(' ')}
  ${body}
  let column = firstColumn + 4u * threadColumn;
  ${accumulators.map((i) => `store(group.z, firstRow + 4u * (threadRow + ${(i >> 2) * rowThreads}u) + ${i & 3}u, column, ${outcome}${i});`).join('\n  ')}
}`;
}

/** The statements with which every thread fetches its share of a slab: `prepare` once, `fetch` to registers, `store` to the slab. */
function fetches(
  side: 'a' | 'b',
  order: 'outer' | 'depth',
  tile: number,
  tileDepth: number,
  threads: number,
  stride: number,
): { prepare: (first: string) => string; fetch: (from: string) => string; store: string } {
  const quads = tile / 4;
  const shares = quads * tileDepth;
  const numbers = Array.from({ length: Math.ceil(shares / threads) }, (_, i) => i);
  /** The last share may not exist for every thread. */
  const exists = (i: number) => ((i + 1) * threads <= shares ? undefined : `thread + ${i * threads}u < ${shares}u`);
  return {
    prepare: (first) =>
      numbers
        .map((i) => {
          const share = `(thread + ${i * threads}u)`;
          const [quad, depth] =
            order === 'outer' ? [`${share} % ${quads}u`, `${share} / ${quads}u`] : [`${share} / ${tileDepth}u`, `${share} % ${tileDepth}u`];
          return `let quad_${side}${i} = ${quad};
  let depth_${side}${i} = ${depth};
  let place_${side}${i} = prepare_${side}(${first} + 4u * quad_${side}${i});`;
        })
        .join('\n  '),
    fetch: (from) =>
      numbers
        .map((i) => {
          const inside = [`${from} + depth_${side}${i} < end`, exists(i)].filter((condition) => condition !== undefined).join(' && ');
          return `var value_${side}${i} = vec4<f32>();
      if (${inside}) { value_${side}${i} = load_${side}(place_${side}${i}, ${from} + depth_${side}${i}); }`;
        })
        .join('\n      '),
    store: numbers
      .map((i) => {
        const store = `slab_${side}[depth_${side}${i} * ${stride}u + quad_${side}${i}] = value_${side}${i};`;
        const condition = exists(i);
        return condition ? `if (${condition}) { ${store} }` : store;
      })
      .join('\n      '),
  };
}

/** `fn store(slice, row, column, value)`: four neighbours of one row, with bias and ReLU where the variant has them. */
function storeSource({ wide, bias, relu, use }: Variant): string {
  if (use !== undefined) return useSource(wide, use);
  const rectified = relu ? rectify('finished', 'vec4<f32>') : 'finished';
  if (wide) {
    return `
fn store(slice: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= params.rows || column >= params.columns) { return; }
  let finished = value${bias ? ' + bias[column / 4u]' : ''};
  result[((slice * params.rows + row) * params.columns + column) / 4u] = ${rectified};
}`;
  }
  return `
fn store(slice: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= params.rows) { return; }
  var finished = value;
  let at = (slice * params.rows + row) * params.columns + column;
  ${eachOfFour(
    (i) => `if (column + ${i}u < params.columns) {
    ${bias ? `finished.${'xyzw'[i]} += bias[column + ${i}u];` : ''}
    result[at + ${i}u] = (${rectified}).${'xyzw'[i]};
  }`,
  )}
}`;
}

/** `fn store` that hands elements on. */
function useSource(wide: boolean, use: string): string {
  const each = wide
    ? `if (column < params.columns) {
    let i = (row * params.columns + column) / 4u;
    let gradient = value;
    ${use}
  }`
    : eachOfFour(
        (k) => `if (column + ${k}u < params.columns) {
    let i = row * params.columns + column + ${k}u;
    let gradient = value.${'xyzw'[k]};
    ${use}
  }`,
      );
  return `
fn store(slice: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= params.rows) { return; }
  ${each}
}`;
}
