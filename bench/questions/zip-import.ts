import { LabPage } from '../../tests/helpers/lab-page.ts';
import { launchChromium, serveSite } from '../../tests/helpers/site.ts';
import { sampleOf } from '../harness/compare.ts';
import { pythonNumber } from '../harness/python.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';
import { sharedFile } from '../harness/shared.ts';

export const question = 'How long does Chromium take to import tiny-imagenet-mini.zip (2,800 labelled images), from picking it to stored?';

const IMPORTS = 3;
const READ_ALL = `
import sys, time, zipfile
start = time.perf_counter()
with zipfile.ZipFile(sys.argv[1]) as archive:
    for name in archive.namelist():
        archive.read(name)
print((time.perf_counter() - start) * 1000)
`;

export async function run(): Promise<BenchRow[]> {
  const file = sharedFile('data/tiny-imagenet-mini.zip');
  const site = await serveSite();
  const browser = await launchChromium();
  try {
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < IMPORTS; i++) {
      const lab = await LabPage.open(browser, site.url, {});
      await lab.enabled('Train all tasks');
      const start = performance.now();
      await lab.importFiles([file]);
      await lab.says(/40 classes/);
      ours.push(performance.now() - start);
      await lab.close();
      theirs.push(await pythonNumber(READ_ALL, [file]));
    }
    return [boundedRow(question, 'Python’s zipfile, reading every entry', { atMost: 15_000 }, sampleOf(ours), sampleOf(theirs), `Chromium ${browser.version()}`, 'ms')];
  } finally {
    await browser.close();
    await site.close();
  }
}
