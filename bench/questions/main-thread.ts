import { LabPage, TINY } from '../../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';

export const question = 'How long is the longest task of the page’s main thread from the click to the end of training?';

/** The browser reports tasks from 50 ms on; a shorter one counts as none. */
const REPORTED_FROM_MS = 50;
/** Each may meet another busy moment. */
const VISITS = 5;

export async function run(): Promise<BenchRow[]> {
  const site = await serveSite();
  const browser = await launchChromium();
  try {
    const longest: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) longest.push(await longestOf(await LabPage.open(browser, site.url, { ...TINY, classesPerTask: 4, epochs: 3, backend: 'wasm' })));
    console.log(`  in each of ${VISITS} visits: ${longest.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    const ms = Math.max(...longest);
    const adapter = `Chromium ${browser.version()}, ${VISITS} visits`;
    return [boundedRow(question, 'the shortest task that a browser calls long', { atMost: REPORTED_FROM_MS }, sampleOf([ms]), sampleOf([REPORTED_FROM_MS]), adapter, 'ms')];
  } finally {
    await browser.close();
    await site.close();
  }
}

/** Milliseconds; 0 where no task was long. */
async function longestOf(lab: LabPage): Promise<number> {
  await lab.enabled('Train all tasks');
  // Only from here on: starting up, of which drawing the charts is the last part, may take longer.
  await lab.page.locator('svg.recharts-surface').nth(2).waitFor();
  await lab.page.evaluate(() => {
    const longest = { ms: 0 };
    Object.assign(globalThis, { longest });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
    }).observe({ type: 'longtask' });
  });
  await lab.trainToEnd();
  const ms = await lab.page.evaluate(() => (globalThis as unknown as { longest: { ms: number } }).longest.ms);
  await lab.close();
  return ms;
}
