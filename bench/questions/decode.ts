import { readFileSync } from 'node:fs';
import { fitPixels } from '../../src/data/fit.ts';
import { sharpDecoder } from '../../src/platform/node/sharp-decoder.ts';
import { openZip } from '../../tests/helpers/zip.ts';
import { alternate } from '../harness/compare.ts';
import { pythonNumber } from '../harness/python.ts';
import { type BenchRow, rowOf } from '../harness/row.ts';
import { sharedFile } from '../harness/shared.ts';

export const question = 'How fast are images decoded without a browser (400 Tiny-ImageNet JPEGs, one at a time)?';

const IMAGES = 400;
const ROUNDS = 5;
const PILLOW = `
import io, sys, time, zipfile
from PIL import Image
with zipfile.ZipFile(sys.argv[1]) as archive:
    images = [archive.read(name) for name in sorted(archive.namelist()) if '/train/' in name and name.endswith('.JPEG')][:${IMAGES}]
start = time.perf_counter()
for data in images:
    Image.open(io.BytesIO(data)).convert('RGB').tobytes()
print((time.perf_counter() - start) * 1000 / len(images))
`;

export async function run(): Promise<BenchRow[]> {
  const file = sharedFile('data/tiny-imagenet-mini.zip');
  const entries = await openZip(new Uint8Array(readFileSync(file)));
  const names = [...entries.keys()].sort().filter((name) => name.includes('/train/') && name.endsWith('.JPEG'));
  const images = names.slice(0, IMAGES).map((name) => entries.get(name)!);
  const decoder = sharpDecoder(fitPixels);
  const comparison = await alternate(
    async () => {
      const start = performance.now();
      for (const image of images) await decoder.decode(image, 64);
      return (performance.now() - start) / images.length;
    },
    () => pythonNumber(PILLOW, [file]),
    ROUNDS,
  );
  return [rowOf(question, 'Pillow', { kind: 'speed', bound: 0.5 }, comparison, 'sharp in Node', 'ms an image')];
}
