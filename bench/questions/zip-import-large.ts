import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeLargeZip } from '../../tests/helpers/large-zip.ts';
import { LabPage } from '../../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { memoryAbove, settledMemory, watchMemory } from '../harness/browser-memory.ts';
import { sampleOf } from '../harness/compare.ts';
import { pythonNumber } from '../harness/python.ts';
import { boundedRow, type BenchRow } from '../harness/row.ts';

export const question = 'How fast does Chromium store a Tiny-ImageNet zip of the original’s size, and how much memory does that take?';

/** Gives the 248 MB of the original. */
const COPIES = 44;
const IMAGES_A_SECOND = 3000;
const MEGABYTES = 150;
const READ_ALL = `
import sys, time, zipfile
start = time.perf_counter()
count = 0
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        archive.read(name)
        count += name.endswith('.JPEG') and '/test/' not in name
print(count / (time.perf_counter() - start))
`;

export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-bench-'));
  const site = await serveSite();
  const browser = await launchChromium();
  try {
    const zip = join(folder, 'tiny-imagenet-large.zip');
    const images = await writeLargeZip(zip, COPIES);
    const adapter = `Chromium ${browser.version()}, ${images} images, ${(statSync(zip).size / 1e6).toFixed(0)} MB`;
    const lab = await LabPage.open(browser, site.url, {});
    await lab.enabled('Train all tasks');
    const idle = await settledMemory();
    const watch = watchMemory();
    const start = performance.now();
    await lab.importFiles([zip]);
    await lab.says(/is ready/);
    const seconds = (performance.now() - start) / 1000;
    const peak = watch();
    await lab.close();
    console.log(`  at the peak, above idle: ${memoryAbove(idle, peak)}`);
    const python = await pythonNumber(READ_ALL, [zip]);
    return [
      boundedRow(question, 'Python’s zipfile, reading every entry', { atLeast: IMAGES_A_SECOND }, sampleOf([images / seconds]), sampleOf([python]), adapter, 'images/s'),
      boundedRow('How much memory above idle does that import take, in all processes of the browser?', 'the archive itself', { atMost: MEGABYTES }, sampleOf([(peak.totalBytes - idle.totalBytes) / 1e6]), sampleOf([statSync(zip).size / 1e6]), adapter, 'MB'),
    ];
  } finally {
    await browser.close();
    await site.close();
    rmSync(folder, { recursive: true });
  }
}
