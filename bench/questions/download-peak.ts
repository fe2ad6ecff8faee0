import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabPage } from '../../tests/helpers/lab-page.ts';
import { sharedPath } from '../../tests/helpers/shared.ts';
import { launchProfile, serveSite } from '../../tests/helpers/site.ts';
import { memoryAbove, settledMemory, watchMemory } from '../harness/browser-memory.ts';
import { sampleOf } from '../harness/compare.ts';
import type { BenchRow } from '../harness/row.ts';

export const question = 'How much memory above idle does downloading full AlexNet’s 57 million shared weights from the page take, in all processes of the browser?';

const MAX_MEMORY = 1.3;
/** When garbage is collected is the browser's affair. */
const ROUNDS = 3;

export async function run(): Promise<BenchRow[]> {
  const site = await serveSite();
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  const context = await launchProfile(folder);
  try {
    const lab = await LabPage.in(context, site.url, { model: 'alexnet-224', method: 'mas', tasks: 1, classesPerTask: 2, epochs: 1, batch: 8, importanceImages: 4 });
    await lab.enabled('Train all tasks');
    // A dozen images: one step of so large a network takes a processor long enough.
    await lab.importFiles([sharedPath('data/corrupt/good.zip')]);
    await lab.says(/is ready\./);
    await lab.select('Dataset').selectOption({ index: 1 });
    await lab.trainToEnd();
    const adapter = `Chromium ${context.browser()?.version() ?? ''}`;
    const rows = [await measure(lab, 'Shared model', '.pth', adapter), await measure(lab, 'Importances', '.pickle, with Ω and θ* of each', adapter)];
    await lab.close();
    return rows;
  } finally {
    await context.close();
    await site.close();
    rmSync(folder, { recursive: true });
  }
}

async function measure(lab: LabPage, name: string, file: string, adapter: string): Promise<BenchRow> {
  const more: number[] = [];
  let fileMegabytes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await reopen(lab);
    const idle = await settledMemory();
    const watch = watchMemory();
    fileMegabytes = statSync(await lab.downloadFile(name)).size / 1e6;
    const peak = watch();
    console.log(`  ${name}: at the peak, above idle: ${memoryAbove(idle, peak)}; idle ${(idle.totalBytes / 1e6).toFixed(0)} MB`);
    more.push((peak.totalBytes - idle.totalBytes) / 1e6);
  }
  const ours = sampleOf(more).median;
  const ratio = ours / fileMegabytes;
  return { question: `${question} (${file})`, peer: 'the file', ratio, aim: `≤ ${MAX_MEMORY}`, met: ratio <= MAX_MEMORY, ours, theirs: fileMegabytes, unit: 'MB', adapter };
}

/** As on a later visit: what training left behind in memory is gone, and the run is read from the disk. */
async function reopen(lab: LabPage): Promise<void> {
  await lab.reload();
  await lab.enabled('Train all tasks');
  await lab.page.getByRole('button', { name: 'Runs', exact: true }).click();
  const runs = lab.page.getByRole('dialog', { name: 'Runs' });
  await runs.getByRole('button', { name: 'More', exact: true }).click();
  await runs.getByRole('button', { name: 'Open here' }).click();
  await lab.enabled('Download all');
}
