/** The plan of each product on a device: the one that measured fastest there, the usual one until it was measured. */
import type { MeasuredTiles } from '../../core/measured-tiles.ts';
import type { GemmProduct } from './gemm-product.ts';
import { alternativePlans, tilingName, type GemmPlan } from './gemm-plan.ts';

/** Multiply-adds below which a product takes so little time that tiles do not matter. */
const LEAST_WORK = 1 << 20;

const tables = new WeakMap<GPUDevice, TilePlans>();

/** The plan of a product on a device. */
export function planFor(device: GPUDevice, product: GemmProduct): GemmPlan {
  return tables.get(device)?.planFor(product) ?? product.usual;
}

/** Notes, from now on, the products that a device computes and plans them by what is measured. */
export function collectProducts(device: GPUDevice): TilePlans {
  const plans = new TilePlans();
  tables.set(device, plans);
  return plans;
}

export class TilePlans {
  private readonly measurements = new Map<string, MeasuredTiles>();
  private readonly plans = new Map<string, GemmPlan>();
  private readonly unmeasured = new Map<string, GemmProduct>();

  planFor(product: GemmProduct): GemmPlan {
    const known = this.plans.get(product.key);
    if (known) return known;
    const measured = this.measurements.get(product.key);
    const plan = measured?.sourceHash === sourceHash(product) ? planNamed(product, measured.tiles) : undefined;
    if (!plan && product.rows * product.columns * product.depth >= LEAST_WORK) this.unmeasured.set(product.key, product);
    this.plans.set(product.key, plan ?? product.usual);
    return plan ?? product.usual;
  }

  get hasUnmeasured(): boolean {
    return this.unmeasured.size > 0;
  }

  /** Products that were computed and not measured yet, those with most work first. */
  get waiting(): GemmProduct[] {
    const work = ({ rows, columns, depth }: GemmProduct): number => rows * columns * depth;
    return [...this.unmeasured.values()].sort((one, other) => work(other) - work(one));
  }

  /** Leaves a product with the usual plan, without a measurement. */
  settle({ key }: GemmProduct): void {
    this.unmeasured.delete(key);
  }

  choose(product: GemmProduct, plan: GemmPlan, ms: number, usualMs: number): void {
    this.settle(product);
    this.plans.set(product.key, plan);
    this.measurements.set(product.key, {
      product: product.key, sourceHash: sourceHash(product), tiles: tilingName(plan), usualTiles: tilingName(product.usual), ms, usualMs,
    });
  }

  get measured(): readonly MeasuredTiles[] {
    return [...this.measurements.values()];
  }

  /** Takes in what was measured on this device before. Of another version of the kernels it stays without effect. */
  restore(measured: readonly MeasuredTiles[]): void {
    for (const one of measured) this.measurements.set(one.product, one);
    this.plans.clear();
    this.unmeasured.clear();
  }
}

function planNamed(product: GemmProduct, tiles: string): GemmPlan | undefined {
  const { usual, rows, columns, depth, folds } = product;
  return [usual, ...alternativePlans(usual, rows, columns, depth, folds)].find((plan) => tilingName(plan) === tiles);
}

/** FNV-1a of the usual plan's WGSL. */
function sourceHash(product: GemmProduct): string {
  let hash = 0x811c9dc5;
  for (const character of product.program(product.usual).source()) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16);
}
