import { LabPage, TINY } from '../../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';

export const question = 'How long is the longest task of the page’s main thread while the lab trains?';

/** The browser reports tasks from 50 ms on; a shorter one counts as none. */
const REPORTED_FROM_MS = 50;

export async function run(): Promise<BenchRow[]> {
  const site = await serveSite();
  const browser = await launchChromium();
  try {
    const lab = await LabPage.open(browser, site.url, { ...TINY, classesPerTask: 4, epochs: 3, backend: 'wasm' });
    await lab.enabled('Train all tasks');
    // Only from here on: starting up may take longer.
    await lab.page.evaluate(() => {
      const longest = { ms: 0 };
      Object.assign(globalThis, { longest });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) longest.ms = Math.max(longest.ms, entry.duration);
      }).observe({ type: 'longtask' });
    });
    await lab.trainToEnd();
    const ms = await lab.page.evaluate(() => (globalThis as unknown as { longest: { ms: number } }).longest.ms);
    const adapter = `Chromium ${browser.version()}`;
    return [boundedRow(question, 'the shortest task that a browser calls long', { atMost: REPORTED_FROM_MS }, sampleOf([ms]), sampleOf([REPORTED_FROM_MS]), adapter, 'ms')];
  } finally {
    await browser.close();
    await site.close();
  }
}
