/**
 * How a product C[m, n] = Σ_depth A·B is cut into workgroups. Pure, so that it is tested without a device.
 *
 * A workgroup computes a tile of C, each of its threads `rowsPerThread` × `columnsPerThread` elements in registers, while slabs of `tileDepth`
 * of both operands pass through workgroup memory. A larger tile reads less (tile M × N reads (M + N)/(M·N) floats a
 * multiply-add); a smaller one leaves more workgroups. Where tiles alone are too few to fill a GPU, depth is cut into slices
 * too, whose partial sums a second pass adds up.
 *
 * The usual plan was measured on one large GPU; `tuner.ts` measures the alternatives on the device at hand. These differ from it in tiles
 * alone: slices, and the order in which each sums its depth, stay, so that every plan gives the same bits.
 */

/**
 * Depth is cut until so many threads have work, but into no shorter slices, which would cost more in partial sums than they gain. First
 * threads for a few rounds of workgroups on a discrete GPU, since the last round is half empty; where that wants too much, for one round.
 */
const SLICING = [
  { threads: 131072, shortest: 512 },
  { threads: 65536, shortest: 128 },
] as const;
/** The second pass adds slices one after another. */
const MOST_SLICES = 96;
/** Workgroups of the largest tile without which smaller ones do better. */
const LARGE_TILES = 512;

/** Workgroup memory that every device offers, in bytes. */
const WORKGROUP_BYTES = 16384;

export interface Tiling {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tileDepth: number;
  readonly rowsPerThread: 4 | 8;
  readonly columnsPerThread: 4 | 8;
  /** Whether the multiplications of a slab are written out one depth after another: more to compile, and no loop to keep registers from. */
  readonly unrolled: boolean;
  readonly threads: number;
}

export interface GemmPlan extends Tiling {
  /** Workgroups along depth. */
  readonly slices: number;
  /** What one slice covers, in elements of depth, or in segments where these are folded. */
  readonly sliceLength: number;
}

/**
 * @param segments where the depth is `count` stretches that are summed and folded (|·| or ·²) one by one, as images are; a slice
 *   then holds whole stretches, and `tileDepth` is chosen to waste least of each
 */
export function planGemm(
  rows: number,
  columns: number,
  depth: number,
  segments?: { readonly count: number; readonly depth: number },
): GemmPlan {
  const tiling = usualTiling(rows, columns, depth, segments?.depth);
  const { tileRows, tileColumns, tileDepth, threads } = tiling;
  const tiles = Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
  const worthwhile = Math.max(...SLICING.map((slicing) => Math.min(Math.ceil(slicing.threads / (tiles * threads)), Math.floor(depth / slicing.shortest))));
  // Partial sums are written and read again: never more of them than the operands hold.
  const balanced = Math.floor((depth * (rows + columns)) / (rows * columns));
  const slices = Math.max(1, Math.min(worthwhile, balanced, MOST_SLICES, segments?.count ?? Infinity));
  if (segments) {
    const sliceLength = Math.ceil(segments.count / slices);
    return { ...tiling, slices: Math.ceil(segments.count / sliceLength), sliceLength };
  }
  const sliceLength = Math.ceil(depth / slices / tileDepth) * tileDepth;
  return { ...tiling, slices: Math.ceil(depth / sliceLength), sliceLength };
}

/** The plan of a product whose elements are used as they come: undivided along depth, for nobody adds up slices then. */
export function planUse(rows: number, columns: number, depth: number): GemmPlan {
  // Bound by what each element reads and writes: few registers a thread, and so many threads that wait for memory.
  const { tileRows, tileColumns } = usualTiling(rows, columns, depth, undefined);
  return { ...tilingOf(Math.min(64, tileRows), Math.min(64, tileColumns), Math.min(depth, 16), 4, 4), slices: 1, sliceLength: depth };
}

/**
 * Tiles as they were fastest for AlexNets' products on an NVIDIA H100 (docs/webgpu.md).
 * @param stretch where sums of that depth are folded: a thread then keeps a sum and a total of each element in registers
 */
function usualTiling(rows: number, columns: number, depth: number, stretch: number | undefined): Tiling {
  const deep = (tileDepth: number): number => (stretch === undefined ? Math.min(depth, tileDepth) : leastWaste(stretch));
  if (columns <= 16) return tilingOf(64, 16, deep(32), 4, 4);
  if (columns <= 32) return tilingOf(rows <= 32 ? 32 : 64, 32, deep(32), 4, 4);
  if (rows <= 16) return tilingOf(16, columns <= 64 ? 64 : 128, deep(16), 4, 4);
  if (rows <= 32) return tilingOf(32, 64, deep(32), 4, 4);
  if (stretch !== undefined) return tilingOf(rows < 1024 ? 64 : 128, 64, deep(16), 8, 4, false);
  // The largest tile reads least, where enough of them remain.
  const slices = Math.max(1, Math.min(MOST_SLICES, Math.floor(depth / SLICING[0].shortest)));
  const largest = Math.ceil(rows / 128) * Math.ceil(columns / 64) * slices;
  return rows > 64 && largest >= LARGE_TILES ? tilingOf(128, 64, deep(16), 8, 8) : tilingOf(64, 64, deep(16), 8, 4);
}

/** With eight rows or columns a thread a GPU's compiler left the loop over a slab as it is, and lost a fifth by that. */
function tilingOf(
  tileRows: number,
  tileColumns: number,
  tileDepth: number,
  rowsPerThread: 4 | 8,
  columnsPerThread: 4 | 8,
  unrolled = rowsPerThread * columnsPerThread > 16,
): Tiling {
  return { tileRows, tileColumns, tileDepth, rowsPerThread, columnsPerThread, unrolled, threads: (tileRows / rowsPerThread) * (tileColumns / columnsPerThread) };
}

/** Tiles worth a measurement, those for large results first: rows, columns, depth, rows and columns a thread. */
const TILINGS = [
  [128, 64, 16, 8, 8], [128, 64, 16, 8, 4], [64, 64, 16, 8, 4], [128, 32, 16, 8, 4], [64, 64, 16, 4, 4], [64, 128, 16, 8, 8],
  [64, 32, 32, 4, 4], [32, 64, 32, 4, 4], [32, 128, 16, 4, 4], [16, 128, 16, 4, 4], [16, 64, 32, 4, 4], [16, 256, 8, 4, 4],
  [64, 16, 32, 4, 4], [128, 16, 32, 4, 4],
] as const;
/** How many other plans are measured. */
const MOST_ALTERNATIVES = 6;

/**
 * Other plans for the same product, that any device can run and that leave no tile half outside the result.
 * @param folds whether stretches of depth are folded: their slabs stay as they are, cut to waste least of each
 */
export function alternativePlans(usual: GemmPlan, rows: number, columns: number, depth: number, folds: boolean): GemmPlan[] {
  const plans = TILINGS.map(([tileRows, tileColumns, tileDepth, rowsPerThread, columnsPerThread]) => ({
    ...usual,
    ...tilingOf(tileRows, tileColumns, folds ? usual.tileDepth : Math.min(depth, tileDepth), rowsPerThread, columnsPerThread, folds ? false : undefined),
  }));
  return plans
    .filter((plan) => tilingName(plan) !== tilingName(usual) && runsAnywhere(plan) && fits(plan.tileRows, rows) && fits(plan.tileColumns, columns))
    .slice(0, MOST_ALTERNATIVES);
}

/** A plan's tiles in short. */
export function tilingName({ tileRows, tileColumns, tileDepth, rowsPerThread, columnsPerThread }: Tiling): string {
  return `${tileRows}x${tileColumns}x${tileDepth}/${rowsPerThread}x${columnsPerThread}`;
}

/** Bytes of both slabs, each row of which is padded by one vector (`gemm-source.ts`). */
export function slabBytes({ tileRows, tileColumns, tileDepth }: Tiling): number {
  return tileDepth * (tileRows / 4 + 1 + tileColumns / 4 + 1) * 16;
}

function runsAnywhere(tiling: Tiling): boolean {
  return tiling.threads >= 64 && tiling.threads <= 256 && slabBytes(tiling) <= WORKGROUP_BYTES;
}

function fits(tile: number, extent: number): boolean {
  return tile === 16 || tile < 2 * extent;
}

/** The slab depth up to 16 whose last slab of a stretch is fullest: 49 positions take 5 slabs of 10, not 4 of 16. */
function leastWaste(depth: number): number {
  if (depth <= 16) return depth;
  let best = 16;
  for (let candidate = 15; candidate >= 8; candidate--) {
    if (Math.ceil(depth / candidate) * candidate < Math.ceil(depth / best) * best) best = candidate;
  }
  return best;
}
