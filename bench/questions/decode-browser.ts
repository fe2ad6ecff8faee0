import { openDataPage } from '../../tests/data/browser-page.ts';
import { sampleOf } from '../harness/compare.ts';
import { pythonNumber } from '../harness/python.ts';
import { type BenchRow, boundedRow } from '../harness/row.ts';
import { sharedFile } from '../harness/shared.ts';

export const question = 'How many 64-pixel JPEGs a second does the page’s worker decode?';

const FLOOR = 2500;
const ROUNDS = 5;
/** Times that the class of 60 images is decoded in one round. */
const REPEATS = 20;
const PILLOW = `
import io, sys, time, zipfile
from PIL import Image
with zipfile.ZipFile(sys.argv[1]) as archive:
    images = [archive.read(name) for name in sorted(archive.namelist()) if '/train/' in name and name.endswith('.JPEG')][:1200]
start = time.perf_counter()
for data in images:
    Image.open(io.BytesIO(data)).convert('RGB').tobytes()
print(len(images) / (time.perf_counter() - start))
`;

export async function run(): Promise<BenchRow[]> {
  const file = sharedFile('data/tiny-imagenet-mini.zip');
  const data = await openDataPage();
  try {
    const dataset = await data.page.evaluate(async () => {
      await window.data.clear();
      const { report } = await window.data.import(['/shared/data/tiny-imagenet-mini.zip']);
      return report?.dataset?.id ?? '';
    });
    const decode = (): Promise<number> => data.page.evaluate(([id, repeats]) => window.data.measureDecode(id, repeats), [dataset, REPEATS] as const);
    await decode();
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await decode());
      theirs.push(await pythonNumber(PILLOW, [file]));
    }
    return [boundedRow(question, 'Pillow', { atLeast: FLOOR }, sampleOf(ours), sampleOf(theirs), 'Chromium’s decoder in a worker', 'images/s')];
  } finally {
    await data.close();
  }
}
