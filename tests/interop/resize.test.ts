/** Pictures are resized and cropped to the bit as torchvision does it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.ts';
import { fitPixels } from '../../src/data/fit.ts';
import { runTorch } from '../helpers/torch-python.ts';
import { temporaryFolder } from './folders.ts';

const folder = temporaryFolder();

const TORCHVISION = `
import base64, json, sys
from PIL import Image
from torchvision import transforms
with open(sys.argv[1]) as file:
    cases = json.load(file)
fitted = []
for case in cases:
    picture = Image.frombytes('RGB' if case['channels'] == 3 else 'L', (case['width'], case['height']), base64.b64decode(case['pixels']))
    fit = transforms.Compose([transforms.Resize(case['size']), transforms.CenterCrop(case['size'])])
    fitted.append(base64.b64encode(fit(picture).tobytes()).decode())
json.dump(fitted, sys.stdout)
`;

it('gives the pixels of Resize and CenterCrop, enlarging and reducing, of squares and others', () => {
  const random = createRandom(3, 'resize');
  const sizes: [number, number, number][] = [[64, 64, 224], [28, 28, 224], [28, 28, 64], [64, 64, 28], [500, 375, 64], [333, 500, 224], [1, 1, 7], [2, 3, 5], [900, 7, 64]];
  for (let k = 0; k < 40; k++) sizes.push([1 + random.below(150), 1 + random.below(150), 1 + random.below(150)]);
  const cases = sizes.map(([width, height, size], k) => {
    const channels = k % 3 === 0 ? 1 : 3;
    return { width, height, size, channels, bytes: Uint8Array.from({ length: width * height * channels }, () => random.below(256)) };
  });
  const file = join(folder, 'cases.json');
  writeFileSync(file, JSON.stringify(cases.map(({ bytes, ...rest }) => ({ ...rest, pixels: Buffer.from(bytes).toString('base64') }))));
  const expected = JSON.parse(runTorch(TORCHVISION, [file])) as string[];
  expect(expected).toHaveLength(cases.length);
  cases.forEach(({ bytes, width, height, size, channels }, k) => {
    const out = new Uint8Array(size * size * channels);
    fitPixels(bytes, width, height, channels, size, out, 0, channels);
    expect(Buffer.compare(out, Buffer.from(expected[k]!, 'base64')), `${width} × ${height} to ${size}`).toBe(0);
  });
});
