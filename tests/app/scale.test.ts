import { describe, expect, it } from 'vitest';
import { SETTINGS, settingOf } from '../../src/core/settings.ts';
import type { RunConfig } from '../../src/core/config.ts';
import type { NumberSetting } from '../../src/core/settings.ts';
import { scaleOf } from '../../src/app/controls/scale.ts';

const numberSetting = (key: keyof RunConfig): NumberSetting => {
  const setting = settingOf(key);
  if (setting.kind !== 'number') throw new Error(`${key} is no number`);
  return setting;
};
const lambda = scaleOf(numberSetting('lambda'));

describe('the λ slider', () => {
  it('has 0 at its left end and the setting’s maximum at its right', () => {
    expect(lambda.at(0)).toBe(0);
    expect(lambda.position(0)).toBe(0);
    expect(lambda.at(1)).toBe(1e6);
    expect(lambda.position(1e6)).toBe(1);
  });

  it('gives every decade the same room', () => {
    const width = (low: number): number => lambda.position(low * 10) - lambda.position(low);
    expect(width(0.01)).toBeCloseTo(width(1000), 10);
  });

  it('stops at round numbers, the defaults among them', () => {
    expect(lambda.at(lambda.position(0.3))).toBe(0.3);
    expect(lambda.at(lambda.position(0.01))).toBe(0.01);
    expect(lambda.step(1, 1)).toBe(1.5);
    expect(lambda.step(1, -1)).toBe(0.8);
    expect(lambda.step(0, 1)).toBe(1e-4);
    expect(lambda.step(1e-4, -1)).toBe(0);
  });

  it('steps from an exact value between stops to the next stop, not past it', () => {
    expect(lambda.step(0.37, 1)).toBe(0.4);
    expect(lambda.step(0.37, -1)).toBe(0.3);
  });
});

describe('the other sliders', () => {
  it('reach every whole number of epochs up to twenty, and their ends', () => {
    const epochs = scaleOf(numberSetting('epochs'));
    for (let value = 1; value < 20; value++) expect(epochs.step(value, 1)).toBe(value + 1);
    expect([epochs.at(0), epochs.at(1)]).toEqual([1, 200]);
  });

  it('never leave their setting’s range, and grow with position', () => {
    for (const setting of SETTINGS.filter((candidate) => candidate.live)) {
      if (setting.kind !== 'number') continue;
      const scale = scaleOf(setting);
      let previous = -Infinity;
      for (let position = -0.1; position <= 1.1; position += 0.01) {
        const value = scale.at(position);
        expect(value).toBeGreaterThanOrEqual(Math.max(previous, setting.min));
        expect(value).toBeLessThanOrEqual(setting.max);
        previous = value;
      }
    }
  });
});
