/** The WGSL of a tiled product: slabs of both operands through workgroup memory, sums in registers, results written or used. */
import { rectify } from './add-slices.ts';
import { eachOfFour, type GemmOperand } from './gemm-operand.ts';
import type { Tiling } from './gemm-plan.ts';

/** What becomes of the results. */
export interface Variant {
  readonly fold: 'abs' | 'square' | undefined;
  readonly wide: boolean;
  /** Statements that take each element, where nothing is written. */
  readonly use?: string;
  readonly bias: boolean;
  readonly relu: boolean;
}

/** The program of a product under a plan; its uniforms are those of `gemm-product.ts`. */
export function gemmSource(plan: Tiling, a: GemmOperand, b: GemmOperand, variant: Variant): string {
  const { tileRows, tileColumns, tileDepth, rowsPerThread, columnsPerThread, threads } = plan;
  const rowThreads = tileRows / rowsPerThread;
  const columnThreads = tileColumns / columnsPerThread;
  // One vec4 of padding a slab row keeps threads that store along depth out of each other's memory banks.
  const strideA = tileRows / 4 + 1;
  const strideB = tileColumns / 4 + 1;
  const rowQuads = counted(rowsPerThread / 4);
  const columnQuads = counted(columnsPerThread / 4);
  /** One vector of four columns each: row `i` of a thread in its `q`th four columns. */
  const accumulators = counted(rowsPerThread).flatMap((i) => columnQuads.map((q) => ({ i, q, name: `${i}_${q}` })));
  const fetchA = fetches('a', a.order, tileRows, tileDepth, threads, strideA);
  const fetchB = fetches('b', b.order, tileColumns, tileDepth, threads, strideB);

  const multiplyAt = (k: string) => `{
          ${columnQuads.map((q) => `let right${q} = slab_b[${k} * ${strideB}u + threadColumn + ${q * columnThreads}u];`).join('\n          ')}
          ${rowQuads.map((q) => `let left${q} = slab_a[${k} * ${strideA}u + threadRow + ${q * rowThreads}u];`).join('\n          ')}
          ${accumulators.map(({ i, q, name }) => `sum${name} += left${i >> 2}.${'xyzw'[i & 3]} * right${q};`).join('\n          ')}
        }`;
  const multiply = plan.unrolled ? counted(tileDepth).map((k) => multiplyAt(`${k}u`)).join('\n        ') : `for (var k = 0u; k < ${tileDepth}u; k++) ${multiplyAt('k')}`;
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
  const zeroSums = accumulators.map(({ name }) => `sum${name} = vec4<f32>();`).join(' ');
  const folded = (name: string) => (variant.fold === 'abs' ? `abs(sum${name})` : `sum${name} * sum${name}`);
  const body = variant.fold
    ? `
  ${accumulators.map(({ name }) => `var total${name} = vec4<f32>();`).join(' ')}
  let lastStretch = min(params.stretches, (group.z + 1u) * params.sliceLength);
  for (var s = group.z * params.sliceLength; s < lastStretch; s++) {
    let begin = s * params.stretchDepth;
    let end = begin + params.stretchDepth;
    ${zeroSums}
    ${stretch}
    ${accumulators.map(({ name }) => `total${name} += ${folded(name)};`).join(' ')}
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
  let threadColumn = thread % ${columnThreads}u;
  let threadRow = thread / ${columnThreads}u;
  ${fetchA.prepare('firstRow')}
  ${fetchB.prepare('firstColumn')}
  ${accumulators.map(({ name }) => `var sum${name} = vec4<f32>();`).join(' ')}
  ${body}
  let column = firstColumn + 4u * threadColumn;
  ${accumulators
    .map(({ i, q, name }) => `store(group.z, firstRow + 4u * (threadRow + ${(i >> 2) * rowThreads}u) + ${i & 3}u, column + ${4 * q * columnThreads}u, ${outcome}${name});`)
    .join('\n  ')}
}`;
}

function counted(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** The statements with which every thread fetches its share of a slab: `prepare` once, `fetch` to registers, `store` to the slab. */
function fetches(
  side: 'a' | 'b',
  order: GemmOperand['order'],
  tile: number,
  tileDepth: number,
  threads: number,
  stride: number,
): { prepare: (first: string) => string; fetch: (from: string) => string; store: string } {
  const quads = tile / 4;
  /** How far one share goes along depth. */
  const deep = order === 'depth by four' ? 4 : 1;
  const depths = tileDepth / deep;
  const shares = quads * depths;
  const numbers = counted(Math.ceil(shares / threads));
  // Where one operand leaves half of the threads without a share, the other half fetches the other operand.
  const turned = side === 'b' && shares <= threads / 2;
  const thread = turned ? `(thread + ${threads / 2}u) % ${threads}u` : 'thread';
  /** The last share may not exist for every thread. */
  const exists = (i: number) => ((i + 1) * threads <= shares ? undefined : `share_${side} + ${i * threads}u < ${shares}u`);
  return {
    prepare: (first) =>
      [
        `let share_${side} = ${thread};`,
        ...numbers.map((i) => {
          const share = `(share_${side} + ${i * threads}u)`;
          const [quad, depth] = order === 'outer' ? [`${share} % ${quads}u`, `${share} / ${quads}u`] : [`${share} / ${depths}u`, `${share} % ${depths}u`];
          return `let quad_${side}${i} = ${quad};
  let depth_${side}${i} = ${deep === 1 ? depth : `${deep}u * (${depth})`};
  let place_${side}${i} = prepare_${side}(${first} + 4u * quad_${side}${i});`;
        }),
      ].join('\n  '),
    fetch: (from) =>
      numbers
        .map((i) => {
          const inside = [`${from} + depth_${side}${i} < end`, exists(i)].filter((condition) => condition !== undefined).join(' && ');
          return `var value_${side}${i} = ${deep === 1 ? 'vec4' : 'mat4x4'}<f32>();
      if (${inside}) { value_${side}${i} = load_${side}(place_${side}${i}, ${from} + depth_${side}${i}); }`;
        })
        .join('\n      '),
    store: numbers
      .map((i) => {
        const store = counted(deep).map(
          (j) => `slab_${side}[(depth_${side}${i} + ${j}u) * ${stride}u + quad_${side}${i}] = value_${side}${i}${deep === 1 ? '' : `[${j}]`};`,
        );
        const condition = exists(i);
        return condition ? `if (${condition}) { ${store.join(' ')} }` : store.join(' ');
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
