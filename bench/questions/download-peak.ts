import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabPage } from '../../tests/helpers/lab-page.ts';
import { sharedPath } from '../../tests/helpers/shared.ts';
import { launchProfile, serveSite } from '../../tests/helpers/site.ts';
import { memoryAbove, settledMemory, watchMemory } from '../harness/browser-memory.ts';
import { sampleOf } from '../harness/compare.ts';
import { boundedRow, type BenchRow } from '../harness/row.ts';

export const question = 'How much memory above idle does downloading full AlexNet’s 57 million shared weights from the page take, in all processes of the browser?';

const TIMES = 1.3;

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
    const rows: BenchRow[] = [];
    for (const [name, file] of [['Shared model', '.pth'], ['Importances', '.pickle, with Ω and θ* of each']] as const) {
      const idle = await settledMemory();
      const watch = watchMemory();
      const bytes = statSync(await lab.downloadFile(name)).size;
      const peak = watch();
      console.log(`  ${name}: at the peak, above idle: ${memoryAbove(idle, peak)}; idle ${(idle.totalBytes / 1e6).toFixed(0)} MB`);
      rows.push(boundedRow(`${question} (${file})`, 'the file', { atMost: (TIMES * bytes) / 1e6 }, sampleOf([(peak.totalBytes - idle.totalBytes) / 1e6]), sampleOf([bytes / 1e6]), `Chromium ${context.browser()?.version() ?? ''}`, 'MB'));
    }
    await lab.close();
    return rows;
  } finally {
    await context.close();
    await site.close();
    rmSync(folder, { recursive: true });
  }
}
