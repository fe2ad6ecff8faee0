import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { build, type InlineConfig, preview } from 'vite';
import { ROOT } from '../../scripts/setup/command.mjs';
import { launchChromium } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';

export const question = 'How much of the main thread does a tick of all charts take, with 10 tasks and 2,000 points a series (95th percentile)?';

const POINTS = 2000;
/** The worker sends at most ten times a second. */
const TICK_MS = 100;
const TICKS = 600;
const LIMIT_MS = 8;
/** The page with a scripted lab: each tick is a step, an evaluation of ten tasks, the phase, and now and then the speed. */
const PAGE = `tests/app/index.html?tick=${TICK_MS}&perEpoch=20&evaluateEvery=1&filled=${POINTS}&tasks=10&classesPerTask=4&epochs=200`;

export async function run(): Promise<BenchRow[]> {
  const outDir = await mkdtemp(join(tmpdir(), 'chart-tick-'));
  // As it is shipped: React in development mode takes several times as long.
  const config: InlineConfig = {
    configFile: false, root: ROOT, base: './', publicDir: false, plugins: [react()], logLevel: 'error',
    build: { outDir, emptyOutDir: true, target: 'es2022', rolldownOptions: { input: join(ROOT, 'tests', 'app', 'index.html') } },
  };
  await build(config);
  const server = await preview({ ...config, preview: { port: 4480, strictPort: false, open: false } });
  const browser = await launchChromium();
  try {
    const url = server.resolvedUrls?.local[0];
    if (!url) throw new Error('the preview server has no address');
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    await page.goto(`${url}${PAGE}`);
    await page.getByRole('button', { name: 'Train all tasks', exact: true, disabled: false }).click();
    await page.locator('.card-accuracy .curve').nth(9).waitFor({ state: 'attached' });
    // The first ticks of a page are compiled as they run.
    await page.waitForTimeout(30 * TICK_MS);
    const ticks = await ticksOf(browser, page);
    return [row(ticks, browser)];
  } finally {
    await browser.close();
    await server.close();
    await rm(outDir, { recursive: true });
  }
}

function row(ticks: readonly number[], browser: Browser): BenchRow {
  const sorted = ticks.toSorted((a, b) => a - b);
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return boundedRow(question, `the median tick of ${ticks.length}`, { atMost: LIMIT_MS }, sampleOf([at(0.95)]), sampleOf([at(0.5)]), `Chromium ${browser.version()}, CPU time of the page’s main thread`, 'ms');
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  /** CPU time in µs: what other processes took meanwhile does not count. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** CPU milliseconds of everything the page's main thread did from one delivery of events to the next: scripts, style, layout, paint. */
async function ticksOf(browser: Browser, page: Page): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'blink.user_timing'] } });
  await page.waitForTimeout((TICKS + 1) * TICK_MS);
  const events = await traceOf(session);
  const marks = events.filter((event) => event.name === 'lab events').sort((a, b) => a.ts - b.ts);
  const first = marks[0];
  if (!first || marks.length < TICKS / 2) throw new Error(`only ${marks.length} ticks were recorded`);
  const tasks = events.filter((event) => event.pid === first.pid && event.tid === first.tid && event.name.endsWith('::RunTask') && event.tdur !== undefined);
  if (tasks.length < marks.length) throw new Error('the recording has no CPU times of tasks');
  return marks.slice(1).map((mark, i) => {
    // The mark stands inside the task that brought the events: half a tick before it nothing happens.
    const [from, to] = [marks[i]!.ts - 2000, mark.ts - 2000];
    return tasks.reduce((sum, task) => (task.ts >= from && task.ts < to ? sum + task.tdur! : sum), 0) / 1000;
  });
}

async function traceOf(session: CDPSession): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()));
  await session.send('Tracing.end');
  await complete;
  return events;
}
