import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Triple = readonly [number, number, number];

const tokens = readFileSync(new URL('../../src/app/styles/tokens.css', import.meta.url), 'utf8');

/** A colour of the tokens, in linear sRGB. */
function token(name: string, theme: 'light' | 'dark'): Triple {
  const pair = new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(tokens);
  if (!pair) throw new Error(`tokens.css has no --${name}`);
  const hex = pair[theme === 'light' ? 1 : 2]!;
  const channel = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const times = (rows: readonly Triple[], by: Triple): Triple => rows.map((row) => row[0] * by[0] + row[1] * by[1] + row[2] * by[2]) as unknown as Triple;
const map = (of: Triple, change: (value: number) => number): Triple => [change(of[0]), change(of[1]), change(of[2])];

/** Oklab, as CSS Color 4 defines it. */
const toOklab = (rgb: Triple): Triple => times(
  [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]],
  map(times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], rgb), Math.cbrt),
);
const fromOklab = (lab: Triple): Triple => times(
  [[4.0767416621, -3.3077115913, 0.2309699292], [-1.2684380046, 2.6097574011, -0.3413193965], [-0.0041960863, -0.7034186147, 1.707614701]],
  map(times([[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]], lab), (value) => value ** 3),
);

const luminance = ([r, g, b]: Triple): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const contrast = (a: Triple, b: Triple): number => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

describe.each(['light', 'dark'] as const)('heat-map cells, %s', (theme) => {
  const [low, high, text] = [token('heat-low', theme), token('heat-high', theme), token('heat-text', theme)];

  it('keep 4.5:1 under one text colour at every share', () => {
    const [from, to] = [toOklab(low), toOklab(high)];
    for (let percent = 0; percent <= 100; percent++) {
      const at = (index: 0 | 1 | 2): number => from[index] + (to[index] - from[index]) * (percent / 100);
      expect(contrast(fromOklab([at(0), at(1), at(2)]), text), `${percent} %`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('still differ from end to end', () => {
    expect(contrast(low, high)).toBeGreaterThanOrEqual(3);
  });
});
