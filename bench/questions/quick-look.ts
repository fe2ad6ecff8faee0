import { LabPage } from '../../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';
import { createSubject, useBackend } from '../harness/subject.ts';
import { startTorch } from '../harness/torch-peer.ts';

export const question = 'How long does “Quick look” take in Chromium on WebAssembly, from the click to the last of four tasks?';

/** 4 tasks × 6 epochs × 32 steps. */
const STEPS = 768;
const PATIENCE_MS = 400_000;

export async function run(): Promise<BenchRow[]> {
  const site = await serveSite();
  const browser = await launchChromium();
  try {
    const lab = await LabPage.open(browser, site.url, { backend: 'wasm' });
    await lab.enabled('Train all tasks');
    const start = performance.now();
    await lab.button('Train all tasks').click();
    await lab.page.getByRole('status').filter({ hasText: 'All tasks trained' }).first().waitFor({ timeout: PATIENCE_MS });
    const ours = (performance.now() - start) / 1000;
    const adapter = `wasm in Chromium ${browser.version()}`;
    return [boundedRow(question, `PyTorch on one thread: ${STEPS} of its steps alone`, { atMost: 60 }, sampleOf([ours]), sampleOf([await torchSeconds()]), adapter, 's')];
  } finally {
    await browser.close();
    await site.close();
  }
}

/** Seconds that PyTorch takes for as many steps, from its steps in this minute. */
async function torchSeconds(): Promise<number> {
  await useBackend('wasm');
  const torch = await startTorch(createSubject('alexnet-compact', 32), 'cpu');
  try {
    await torch.stepTime(5, 1);
    return ((await torch.stepTime(30, 1)) * STEPS) / 1000;
  } finally {
    torch.close();
  }
}
