import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';

export const question = 'How soon is the lab on screen, first visit, from a local server?';

const VISITS = 7;

export async function run(): Promise<BenchRow[]> {
  const site = await serveSite();
  const empty = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><button>Train all tasks</button>'));
  await new Promise<void>((resolve) => empty.listen(0, resolve));
  const browser = await launchChromium();
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < VISITS; i++) {
      ours.push(await untilShown(browser, site.url));
      theirs.push(await untilShown(browser, `http://localhost:${(empty.address() as AddressInfo).port}/`));
    }
    const adapter = `Chromium ${browser.version()}`;
    return [boundedRow(question, 'a page of one button', { atMost: 1500 }, sampleOf(ours), sampleOf(theirs), adapter, 'ms')];
  } finally {
    await browser.close();
    empty.close();
    await site.close();
  }
}

/** Milliseconds from asking for the page to its first button, with nothing cached. */
async function untilShown(browser: Browser, url: string): Promise<number> {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const start = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.getByRole('button', { name: 'Train all tasks', exact: true }).waitFor();
    return performance.now() - start;
  } finally {
    await context.close();
  }
}
