import { describe, expect, it } from 'vitest';
import { readNumber, readNumbers } from '../../src/app/read-number.ts';

describe('numbers as people type them', () => {
  it.each(['0.3', '0,3', ' 0,3 ', '٠٫٣', '۰٫۳', '०.३', '০.৩', '０．３', '0.30'])('are read: %s', (text) => {
    expect(readNumber(text)).toBe(0.3);
  });

  it('have the same digits in every locale', () => {
    for (const locale of ['ar-EG', 'fa-IR', 'mr-IN', 'bn-BD', 'my-MM', 'ne-NP', 'th-TH-u-nu-thai', 'zh-u-nu-fullwide']) {
      expect(readNumber(new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210)), locale).toBe(9_876_543_210);
    }
  });

  it('may be negative or in powers of ten, and are nothing else', () => {
    expect([readNumber('−2'), readNumber('1e-3'), readNumber('1000')]).toEqual([-2, 0.001, 1000]);
    for (const text of ['', ' ', 'much', '1,2,3', '0x', '1 000']) expect(readNumber(text), text).toBeNaN();
  });

  it('stand in lists, with decimal commas where semicolons separate', () => {
    expect(readNumbers('0, 0.01,1')).toEqual([0, 0.01, 1]);
    expect(readNumbers('0; 0,01; 1')).toEqual([0, 0.01, 1]);
    expect(readNumbers('0 0.01\n1')).toEqual([0, 0.01, 1]);
    expect(readNumbers('٠٫١، ١')).toEqual([0.1, 1]);
    expect(readNumbers('0, much')).toEqual([0, NaN]);
  });
});
