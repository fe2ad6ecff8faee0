/**
 * Measures tiles on the device at hand: for each product that a run computes, the usual plan (`gemm-plan.ts`) against its alternatives.
 *
 * Products are noted as real steps compute them (`tile-plans.ts`), then run on scratch numbers. A candidate must first give the usual
 * plan's results bit for bit: which plan is chosen can change no number of a run. Then each runs many times in one submission, in turns,
 * and wall time until the queue is done counts, since timestamps are coarse in browsers (100 µs in Chromium).
 * Whatever is not reached within the time given, and everything after an error, keeps the usual plan.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TileReport } from '../../core/measured-tiles.ts';
import { adoptPipeline, cacheOf } from './device-cache.ts';
import type { GemmProduct } from './gemm-product.ts';
import { alternativePlans, type GemmPlan } from './gemm-plan.ts';
import { fitsScratch, ProductBench } from './product-bench.ts';
import { collectProducts, type TilePlans } from './tile-plans.ts';

const BUDGET_MS = 2000;
/** Share of the time left that compiling one product's candidates may take. */
const COMPILING = 0.5;
/** Milliseconds that one submission aims at: many times what starting and awaiting it take. */
const SUBMISSION_MS = 2;
/** How often it is asked, while programs compile, whether to go on. */
const LOOK_EVERY_MS = 10;
const MOST_REPEATS = 512;
const ROUNDS = 3;
/** Plans so much slower than the best in the first round are not timed again. */
const HOPELESS = 1.25;
/** Another plan is chosen where it takes at most this share of the usual one's time: less may be noise. */
const WORTH_IT = 0.95;

export class TileTuner {
  readonly plans: TilePlans;
  private readonly device: GPUDevice;
  private readonly now: () => number;
  private readonly budgetMs: number;
  private left: number;
  private elapsedMs = 0;

  /**
   * Notes products from now on.
   * @param now milliseconds of a steady clock
   * @param budgetMs that a run's measuring may take in all
   */
  constructor(backend: WebGPUBackend, now: () => number, budgetMs = BUDGET_MS) {
    this.device = backend.device;
    this.now = now;
    this.budgetMs = budgetMs;
    this.left = budgetMs;
    this.plans = collectProducts(this.device);
  }

  /** Gives the time for another run. */
  refill(): void {
    this.left = this.budgetMs;
  }

  get report(): TileReport {
    return { measured: this.plans.measured, elapsedMs: this.elapsedMs };
  }

  /**
   * Measures what was noted since, within the time that is left.
   * @param goOn asked every few milliseconds; false ends it
   * @returns whether anything new is known
   * @throws Error where the device refuses something; nothing is measured after that
   */
  async measure(goOn: () => boolean): Promise<boolean> {
    if (this.left <= 0 || !this.plans.hasUnmeasured) return false;
    const started = this.now();
    const end = started + this.left;
    const before = this.plans.measured.length;
    const mayGoOn = (): boolean => this.now() < end && goOn();
    try {
      // What waits for a device that is gone may wait for ever.
      const lost = this.device.lost.then(({ message }): never => {
        throw new Error(`the device was lost: ${message}`);
      });
      await Promise.race([lost, this.measureAll(end, mayGoOn)]);
    } catch (error) {
      for (const product of this.plans.waiting) this.plans.settle(product);
      this.left = 0;
      throw error;
    } finally {
      this.elapsedMs += this.now() - started;
      this.left -= this.now() - started;
    }
    return this.plans.measured.length > before;
  }

  private async measureAll(end: number, goOn: () => boolean): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    for (const product of this.plans.waiting) {
      if (!goOn()) return;
      await this.measureProduct(product, end, goOn);
    }
  }

  private async measureProduct(product: GemmProduct, end: number, goOn: () => boolean): Promise<void> {
    const { usual, rows, columns, depth, folds } = product;
    const plans = fitsScratch(product) ? [usual, ...alternativePlans(usual, rows, columns, depth, folds)] : [];
    if (plans.length < 2) return this.plans.settle(product);
    const bench = await ProductBench.open(this.device, product);
    try {
      const compiled = await compiledOf(bench, plans, COMPILING * (end - this.now()), goOn);
      // The usual program runs already: where even that is refused, this is no device to measure on.
      if (!compiled.has(usual)) return this.plans.settle(product);
      const equal = await withSameBits(bench, usual, plans.filter((plan) => plan !== usual && compiled.has(plan)), goOn);
      const times = equal && (await timesOf(bench, [usual, ...equal], this.now, goOn));
      if (!times) return;
      const usualMs = times.get(usual)!;
      const [best, bestMs] = [...times].reduce((one, other) => (other[1] < one[1] ? other : one));
      const [plan, ms] = bestMs <= WORTH_IT * usualMs ? [best, bestMs] : [usual, usualMs];
      adoptPipeline(cacheOf(this.device), product.program(plan).key, bench.pipeline(plan));
      this.plans.choose(product, plan, ms, usualMs);
    } finally {
      bench.close();
    }
  }
}

/** Those plans whose programs are ready within `ms`, compiled side by side. A slow compiler costs candidates, not the measurement. */
async function compiledOf(bench: ProductBench, plans: readonly GemmPlan[], ms: number, goOn: () => boolean): Promise<ReadonlySet<GemmPlan>> {
  const compiled = new Set<GemmPlan>();
  const all = plans.map(async (plan) => {
    if (await bench.prepare(plan)) compiled.add(plan);
  });
  await within(ms, goOn, Promise.all(all));
  return new Set(compiled);
}

/** Those plans whose results have the usual one's bits; null where it was ended. */
async function withSameBits(bench: ProductBench, usual: GemmPlan, others: readonly GemmPlan[], goOn: () => boolean): Promise<GemmPlan[] | null> {
  if (!goOn()) return null;
  const expected = await bench.digest(usual);
  const equal: GemmPlan[] = [];
  for (const plan of others) {
    if (!goOn()) return null;
    if ((await bench.digest(plan)) === expected) equal.push(plan);
  }
  return equal;
}

/** Milliseconds of one product by plan, the least of some rounds in turns; null where it was ended. The first plan sets the number of repeats. */
async function timesOf(bench: ProductBench, plans: readonly GemmPlan[], now: () => number, goOn: () => boolean): Promise<Map<GemmPlan, number> | null> {
  const time = async (plan: GemmPlan, repeats: number): Promise<number> => {
    const started = now();
    await bench.repeat(plan, repeats);
    return now() - started;
  };
  let repeats = 1;
  for (let ms = 0; ; repeats = Math.min(MOST_REPEATS, repeats * Math.min(8, Math.ceil(SUBMISSION_MS / Math.max(ms, 0.01))))) {
    if (!goOn()) return null;
    ms = await time(plans[0]!, repeats);
    if (ms >= SUBMISSION_MS || repeats === MOST_REPEATS) break;
  }
  const times = new Map(plans.map((plan) => [plan, Infinity]));
  let hopeful = plans;
  for (let round = 0; round < ROUNDS; round++) {
    for (const plan of hopeful) {
      if (!goOn()) return null;
      times.set(plan, Math.min(times.get(plan)!, (await time(plan, repeats)) / repeats));
    }
    const best = Math.min(...times.values());
    hopeful = plans.filter((plan) => plan === plans[0] || times.get(plan)! <= HOPELESS * best);
  }
  return times;
}

/** Waits for the promise, but no longer than `ms`, nor than `goOn` allows. */
async function within(ms: number, goOn: () => boolean, promise: Promise<unknown>): Promise<void> {
  const end = performance.now() + ms;
  let timer: ReturnType<typeof setInterval> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (performance.now() >= end || !goOn()) resolve();
    }, LOOK_EVERY_MS);
  });
  try {
    await Promise.race([promise, over]);
  } finally {
    clearInterval(timer);
  }
}
