import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitPixels } from '../../src/data/fit.ts';
import { sharpDecoder } from '../../src/platform/node/sharp-decoder.ts';
import { referenceTensors } from '../helpers/reference.ts';
import { readShared, sharedPath } from '../helpers/shared.ts';
import { PICTURES } from './pictures.ts';

const decoder = sharpDecoder(fitPixels);

describe('the decoder of the runner', () => {
  it('gives Pillow’s pixels, bit for bit', async () => {
    const expected = referenceTensors('small', 'inputs.safetensors');
    const names = readdirSync(sharedPath('reference/small/images'));
    expect(names).toHaveLength(4);
    for (const name of names) {
      const { rgb } = await decoder.decode(new Uint8Array(readFileSync(sharedPath(`reference/small/images/${name}`))), 64);
      expect(Buffer.compare(rgb, Uint8Array.from(expected.get(`jpeg/${name}`)!.values)), name).toBe(0);
    }
  });

  it.each(PICTURES)('draws $what', async ({ make, expected, tolerance }) => {
    const bytes = new Uint8Array(await make());
    const { width, height, rgb } = await decoder.decode(bytes, 4);
    expect([width, height, rgb.length]).toEqual([4, 4, 48]);
    rgb.forEach((value, i) => expect(Math.abs(value - expected[i]!), `byte ${i}: ${value}, expected ${expected[i]}`).toBeLessThanOrEqual(tolerance));
  });

  it('refuses what it cannot decode, saying so', async () => {
    await expect(decoder.decode(new TextEncoder().encode('no image'), 64)).rejects.toMatchObject({ code: 'image-invalid' });
    const whole = readShared('reference/small/images/n01443537_0.JPEG');
    await expect(decoder.decode(whole.subarray(0, whole.length / 2), 64)).rejects.toMatchObject({ code: 'image-invalid' });
  });
});
