/**
 * How a product C[m, n] = Σ_depth A·B is cut into workgroups. Pure, so that it is tested without a device.
 *
 * A workgroup computes a tile of C, each of its threads `rowsPerThread` × 4 elements in registers, while slabs of `tileDepth`
 * of both operands pass through workgroup memory. A larger tile reads less (tile M × N reads (M + N)/(M·N) floats a
 * multiply-add); a smaller one leaves more workgroups. Where tiles alone are too few to fill a GPU, depth is cut into slices
 * too, whose partial sums a second pass adds up.
 *
 * The usual plan's constants come from arithmetic (bytes a multiply-add, threads a large GPU keeps in flight), not from a measurement;
 * `tuner.ts` measures the alternatives on the device at hand. These differ from it in tiles alone: slices, and the order in which each
 * sums its depth, stay, so that every plan gives the same bits.
 */

/** Threads that keep a discrete GPU busy: some tens of cores with a thousand or more each. */
const THREADS_TO_FILL = 65536;
/** A slice shorter than this costs more in partial sums than it gains in workgroups. */
const SHORTEST_SLICE = 256;

/** Workgroup memory that every device offers, in bytes. */
const WORKGROUP_BYTES = 16384;

export interface Tiling {
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tileDepth: number;
  readonly rowsPerThread: 4 | 8;
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
  const tileColumns = columns <= 16 ? 16 : columns <= 32 ? 32 : 64;
  let tileRows = rows <= 16 ? 16 : rows <= 32 ? 32 : 64;
  // At least 64 threads, so that no hardware thread group idles.
  if (tileRows * tileColumns < 1024) tileRows = 1024 / tileColumns;
  let rowsPerThread: 4 | 8 = 4;
  // With plenty of tiles the doubled one saves a quarter of the reads from workgroup memory; folding needs those registers itself.
  const doubledThreads = Math.ceil(rows / 128) * Math.ceil(columns / 64) * 256;
  if (!segments && tileRows === 64 && tileColumns === 64 && doubledThreads >= THREADS_TO_FILL) {
    tileRows = 128;
    rowsPerThread = 8;
  }
  const threads = (tileRows / rowsPerThread) * (tileColumns / 4);
  const tiles = Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
  const tileDepth = segments ? leastWaste(segments.depth) : Math.min(depth, tileRows * tileColumns <= 2048 ? 32 : 16);

  const wanted = Math.ceil(THREADS_TO_FILL / (tiles * threads));
  const affordable = Math.floor(depth / SHORTEST_SLICE);
  // Partial sums are written and read again: never more of them than the operands hold.
  const balanced = Math.floor((depth * (rows + columns)) / (rows * columns));
  const slices = Math.max(1, Math.min(wanted, affordable, balanced, segments?.count ?? Infinity));
  if (segments) {
    const sliceLength = Math.ceil(segments.count / slices);
    return { tileRows, tileColumns, tileDepth, rowsPerThread, threads, slices: Math.ceil(segments.count / sliceLength), sliceLength };
  }
  const sliceLength = Math.ceil(depth / slices / tileDepth) * tileDepth;
  return { tileRows, tileColumns, tileDepth, rowsPerThread, threads, slices: Math.ceil(depth / sliceLength), sliceLength };
}

/** How many other plans are worth a measurement. */
const MOST_ALTERNATIVES = 6;

/**
 * The plans nearest to the usual one, nearest first, that any device can run and that leave no tile half outside the result.
 * @param folds whether stretches of depth are folded: their slabs stay as they are, cut to waste least of each
 */
export function alternativePlans(usual: GemmPlan, rows: number, columns: number, depth: number, folds: boolean): GemmPlan[] {
  const depths = folds ? [usual.tileDepth] : [...new Set([8, 16, 32].map((tileDepth) => Math.min(depth, tileDepth)))];
  const plans: { readonly plan: GemmPlan; readonly distance: number }[] = [];
  for (const tileRows of [16, 32, 64, 128]) {
    for (const tileColumns of [16, 32, 64, 128]) {
      for (const tileDepth of depths) {
        for (const rowsPerThread of [4, 8] as const) {
          const plan = { ...usual, tileRows, tileColumns, tileDepth, rowsPerThread, threads: (tileRows / rowsPerThread) * (tileColumns / 4) };
          const distance = distanceOf(plan, usual);
          if (distance > 0 && runsAnywhere(plan) && fits(tileRows, rows) && fits(tileColumns, columns)) plans.push({ plan, distance });
        }
      }
    }
  }
  return plans.sort((one, other) => one.distance - other.distance).slice(0, MOST_ALTERNATIVES).map(({ plan }) => plan);
}

/** A plan's tiles in short. */
export function tilingName({ tileRows, tileColumns, tileDepth, rowsPerThread }: Tiling): string {
  return `${tileRows}x${tileColumns}x${tileDepth}/${rowsPerThread}`;
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

/** In doublings and halvings. */
function distanceOf(one: Tiling, other: Tiling): number {
  const sizes = ['tileRows', 'tileColumns', 'tileDepth', 'rowsPerThread'] as const;
  return sizes.reduce((sum, size) => sum + Math.abs(Math.log2(one[size] / other[size])), 0);
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
