import { describe, expect, it } from 'vitest';
import type { EvaluationPoint } from '../../src/core/protocol.ts';
import { compareDigest, readDigest, writeDigest } from '../../src/app/state/digest.ts';

const run = (shift = 0, from = Infinity): EvaluationPoint[] =>
  Array.from({ length: 40 }, (_, i) => {
    const task = Math.floor(i / 10);
    return {
      step: (i + 1) * 32, task, epoch: i % 10, full: i % 10 === 9,
      accuracy: Array.from({ length: 4 }, (__, j) => (j > task ? null : Math.round((0.3 + 0.01 * i) * 200) / 200 + (i >= from ? shift : 0))),
    };
  });
const digest = readDigest(writeDigest(run())!)!;

describe('the digest of a run', () => {
  it('fits a link and needs no escaping', () => {
    const text = writeDigest(run())!;
    expect(text.length).toBeLessThan(500);
    expect(encodeURIComponent(text)).toBe(text);
  });

  it('says “the same” of the same run, at every moment of it', () => {
    expect(compareDigest(digest, [])).toEqual({ kind: 'waiting' });
    for (let length = 1; length <= 40; length++) expect(compareDigest(digest, run().slice(0, length)).kind).toBe('same');
  });

  it('tells small differences from real ones, and where these begin', () => {
    expect(compareDigest(digest, run(0.01, 20))).toMatchObject({ kind: 'close' });
    const verdict = compareDigest(digest, run(-0.1, 20));
    expect(verdict.kind).toBe('differs');
    expect(verdict).toMatchObject({ step: digest.points.find(({ step }) => step >= 21 * 32)!.step });
  });

  it('differs where a run is measured at other steps', () => {
    expect(compareDigest(digest, run().map((point) => ({ ...point, step: point.step + 1 }))).kind).toBe('differs');
  });

  it('ignores measurements inside epochs', () => {
    const inside: EvaluationPoint = { step: 330, task: 1, epoch: 0, full: false, midEpoch: true, accuracy: [0.1, 0.1, null, null] };
    expect(compareDigest(digest, [...run(), inside].sort((a, b) => a.step - b.step)).kind).toBe('same');
    expect(writeDigest([inside])).toBeNull();
  });

  it('refuses what is no digest', () => {
    for (const text of ['', 'hello world', '1', 'zz-99999999', '-1']) expect(readDigest(text)).toBeNull();
  });
});
