import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NORMAL_QUANTILES, logistic, sine } from '../../src/data/procedural/exact-math.ts';
import { builtinReader } from '../../src/data/procedural.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the built-in dataset', () => {
  it('draws the pinned bytes', async () => {
    const images = await builtinReader().readClass('striped-heart', 'test');
    expect(images.bytes.length).toBe(40 * 64 * 64 * 3);
    expect(sha256(images.bytes)).toBe('37adaa31344afd87e59bf7f225e33fd25acb84b1f335dac6e1d45c48e8c0d03b');
  });

  it('has forty classes of 200 and 40 images, each named', () => {
    const { classes } = builtinReader().info;
    expect(classes).toHaveLength(40);
    expect(new Set(classes.map((c) => c.id)).size).toBe(40);
    expect(classes.find((c) => c.id === 'striped-heart')).toEqual({ id: 'striped-heart', name: 'striped heart', trainCount: 200, testCount: 40 });
  });

  it('makes image k alone the same as among others, and another for every class, split, k and seed', async () => {
    const image = async (seed: number, classId: string, split: 'train' | 'test', k: number): Promise<string> => {
      const { bytes, offsets } = await builtinReader({ seed, trainCount: k + 1, testCount: k + 1 }).readClass(classId, split);
      return sha256(bytes.subarray(offsets[k], offsets[k + 1]));
    };
    const whole = await builtinReader({ trainCount: 4 }).readClass('plain-ring', 'train');
    expect(await image(0, 'plain-ring', 'train', 2)).toBe(sha256(whole.bytes.subarray(whole.offsets[2], whole.offsets[3])));
    const others = await Promise.all([
      image(0, 'plain-ring', 'train', 2),
      image(0, 'plain-ring', 'train', 1),
      image(0, 'plain-ring', 'test', 2),
      image(0, 'plain-disc', 'train', 2),
      image(1, 'plain-ring', 'train', 2),
    ]);
    expect(new Set(others).size).toBe(5);
  });

  it('stops at a limit with the same first images', async () => {
    const reader = builtinReader();
    const few = await reader.readClass('dotted-star', 'train', 3);
    const all = await reader.readClass('dotted-star', 'train');
    expect(few.offsets).toHaveLength(4);
    expect(sha256(few.bytes)).toBe(sha256(all.bytes.subarray(0, few.bytes.length)));
  });

  it('refuses a class it has not', async () => {
    await expect(builtinReader().readClass('purple-cow', 'train')).rejects.toMatchObject({ code: 'data-missing', message: expect.stringContaining('purple-cow') as string });
  });
});

describe('exact mathematics', () => {
  it('agrees with the platform’s sine, logistic and normal', () => {
    for (let x = -60; x <= 60; x += 0.37) {
      expect(Math.abs(sine(x) - Math.sin(x))).toBeLessThan(4e-6);
      expect(Math.abs(logistic(x) - 1 / (1 + Math.exp(-x)))).toBeLessThan(1.5e-3);
    }
    const square = NORMAL_QUANTILES.reduce((sum, q) => sum + q * q, 0) / NORMAL_QUANTILES.length;
    expect(square).toBeCloseTo(1, 1);
    // The normal's quantile of 0.8413 is 1.
    expect(NORMAL_QUANTILES[Math.round(0.8413447 * 1024 - 0.5)]!).toBeCloseTo(1, 2);
  });
});
