/**
 * `npm run screenshots -- FOLDER`: the lab's states in light and dark at two sizes, to be opened and judged as pictures.
 * Built-in data only: Tiny-ImageNet's pictures must not end up in a file that is shipped.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { LabPage } from '../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../tests/helpers/site.ts';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
] as const;
const SCHEMES = ['light', 'dark'] as const;
const QUICK = { tasks: 3, classesPerTask: 3, epochs: 2, importanceImages: 60, backend: 'wasm' } as const;

type Shot = (name: string) => Promise<void>;

const [folder] = process.argv.slice(2);
if (!folder || folder.startsWith('-')) {
  console.error('Give the folder for the pictures: npm run screenshots -- out/screens');
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
const site = await serveSite();
const browser = await launchChromium();
for (const scheme of SCHEMES) await visit(browser, scheme);
await browser.close();
await site.close();

/** Walks through the states once and takes every size of each. */
async function visit(chromium: Browser, scheme: (typeof SCHEMES)[number]): Promise<void> {
  const lab = await LabPage.open(chromium, site.url, QUICK, { colorScheme: scheme });
  const shot: Shot = async (name) => {
    for (const size of SIZES) {
      await lab.page.setViewportSize(size);
      await lab.page.screenshot({ path: join(folder!, `${name}-${scheme}-${size.width}x${size.height}.png`) });
    }
  };
  await lab.enabled('Train all tasks');
  await shot('1-first-visit');
  await lab.trainAll();
  await lab.says(/Task 2: training/);
  await shot('2-training');
  await lab.button('Pause').click();
  await lab.says(/^Paused/);
  await shot('3-paused');
  await lab.button('Resume').click();
  await lab.says('All tasks trained');
  await shot('4-finished');
  await lab.region('Task sequence').getByRole('button', { name: /task 1/i }).first().click();
  await lab.page.waitForTimeout(1500);
  await shot('5-task-open');
  await lab.close();

  const wrong = await LabPage.open(chromium, site.url, { lambda: -1, dataset: 'no-such-data' }, { colorScheme: scheme });
  await wrong.alert().first().waitFor();
  for (const size of SIZES) {
    await wrong.page.setViewportSize(size);
    await wrong.page.screenshot({ path: join(folder!, `6-error-${scheme}-${size.width}x${size.height}.png`) });
  }
  await wrong.close();
}
