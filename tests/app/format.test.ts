import { describe, expect, it } from 'vitest';
import { asWritten, formatBytes, formatDuration, formatFine, formatLost, formatNumber, formatPercent, formatPoints, formatTick, isOnePoint } from '../../src/app/format.ts';

describe('numbers for people', () => {
  it('say nothing of what was not measured', () => {
    expect([formatPercent(null), formatPoints(null), formatLost(null)]).toEqual(['–', '–', '–']);
  });

  it('give a loss and its negative the same number', () => {
    for (const value of [0.355, 0.005, 0.145, 0.4]) {
      expect(formatPoints(-value).replace('−', '+')).toBe(formatPoints(value));
    }
    expect(formatPoints(0.355)).toBe('+36');
    expect(formatLost(0.355)).toBe('36');
    expect(formatPoints(-0.001)).toBe('0');
    expect([0.012, -0.009, 0.004, 0.02, null].map(isOnePoint)).toEqual([true, true, false, false, false]);
  });

  it('are the same wherever a difference is written', () => {
    for (let thousandths = -1000; thousandths <= 1000; thousandths += 5) {
      const share = thousandths / 1000;
      expect(formatPoints(asWritten(share))).toBe(formatPoints(share));
      if (share >= 0) expect(formatPercent(asWritten(share))).toBe(formatPercent(share));
    }
  });

  it('stay readable at any size', () => {
    expect(formatNumber(0.00048)).toBe('0.00048');
    expect(formatNumber(0.000012)).toBe('1.2 × 10⁻⁵');
    expect(formatNumber(-0.0000958)).toBe('−9.6 × 10⁻⁵');
    expect(formatNumber(1234567)).toBe('1.2 × 10⁶');
    expect(formatNumber(1e-12)).toBe('10⁻¹²');
    expect(formatFine(0.00001234)).toBe('1.234 × 10⁻⁵');
    expect([formatTick(0.0002), formatTick(0.0001)]).toEqual(['2×10⁻⁴', '10⁻⁴']);
    expect(formatPercent(0.8)).toBe('80%');
  });

  it('estimate durations and sizes coarsely', () => {
    expect([0, 45_000, 89_000, 120_000, 5_400_000, 7_500_000].map(formatDuration)).toEqual(['0 sec', '45 sec', '89 sec', '2 min', '1 hr 30 min', '2 hr 5 min']);
    expect([0, 999, 5_628_053, 12e9].map(formatBytes)).toEqual(['0 byte', '999 byte', '5.6 MB', '12 GB']);
  });
});
