import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertAgree } from '../../bench/harness/agree.ts';
import { alternate, sampleOf } from '../../bench/harness/compare.ts';
import { boundedRow, rowOf } from '../../bench/harness/row.ts';
import { withTable } from '../../bench/table.ts';
import { ROOT } from '../../scripts/setup/command.mjs';

describe('sampleOf', () => {
  it('gives the median and the quartiles', () => {
    expect(sampleOf([4, 1, 3, 2, 5])).toEqual({ median: 3, quartiles: [2, 4] });
    expect(sampleOf([2, 1])).toEqual({ median: 1.5, quartiles: [1.25, 1.75] });
    expect(() => sampleOf([])).toThrow();
  });
});

describe('alternate', () => {
  it('changes who goes first, drops the warm-up and pairs neighbours', async () => {
    const calls: string[] = [];
    const side = (name: string, values: number[]) => async () => {
      calls.push(name);
      return values.shift()!;
    };
    const result = await alternate(side('ours', [100, 2, 4]), side('theirs', [100, 1, 8]), 2);
    expect(calls).toEqual(['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
    expect(result.ours.median).toBe(3);
    expect(result.ratio.median).toBe((2 / 1 + 4 / 8) / 2);
  });
});

describe('rows', () => {
  const comparison = { ours: sampleOf([10]), theirs: sampleOf([7]), ratio: sampleOf([10 / 7]) };

  it('call a speed the peer’s time over ours', () => {
    expect(rowOf('q', 'p', { kind: 'speed', bound: 0.7 }, comparison, 'a')).toMatchObject({ ratio: 0.7, aim: '≥ 0.7', met: true, ours: 10, theirs: 7 });
    expect(rowOf('q', 'p', { kind: 'speed', bound: 0.8 }, comparison, 'a').met).toBe(false);
  });

  it('call a cost our time over the peer’s', () => {
    const row = rowOf('q', 'p', { kind: 'cost', bound: 1.25 }, comparison, 'a');
    expect(row.ratio).toBeCloseTo(10 / 7);
    expect(row).toMatchObject({ aim: '≤ 1.25', met: false });
  });

  it('judge a bound by ours alone', () => {
    expect(boundedRow('q', 'p', { atMost: 60 }, sampleOf([59]), sampleOf([10]), 'a', 's')).toMatchObject({ met: true, ratio: 5.9, aim: 'ours ≤ 60 s' });
    expect(boundedRow('q', 'p', { atMost: 60 }, sampleOf([61]), sampleOf([100]), 'a', 's').met).toBe(false);
    expect(boundedRow('q', 'p', { atLeast: 60 }, sampleOf([61]), sampleOf([100]), 'a', '/s')).toMatchObject({ met: true, aim: 'ours ≥ 60 /s' });
    expect(boundedRow('q', 'p', { atLeast: 60 }, sampleOf([59]), sampleOf([10]), 'a', '/s').met).toBe(false);
  });
});

describe('assertAgree', () => {
  it('lets equal results pass and names the first that differs', () => {
    expect(() => assertAgree('loss', [1, 2], [1.00001, 2], 1e-4)).not.toThrow();
    expect(() => assertAgree('loss', [1, 2], [1, 2.1], 1e-4)).toThrow(/loss: value 1 is 2, the peer’s 2\.1/);
    expect(() => assertAgree('loss', [Number.NaN], [1], 1e-4)).toThrow();
    expect(() => assertAgree('loss', [], [], 1e-4)).toThrow();
  });
});

describe('the README’s figures', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

  it('are those of bench/results, as the script writes them', () => {
    expect(readme).toBe(withTable(readme, join(ROOT, 'bench/results')));
    expect(readme).toMatch(/^\| .*MAS step.* \|$/m);
  });

  it('need a place', () => {
    expect(() => withTable('no place', join(ROOT, 'bench/results'))).toThrow(/no place for the figures/);
  });
});
