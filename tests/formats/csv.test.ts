import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CsvValue } from '../../src/formats/csv.ts';
import { csvText } from '../../src/formats/csv.ts';

/** Reads RFC 4180 strictly, straight from its grammar. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let rest = text;
  while (rest !== '') {
    const row: string[] = [];
    for (;;) {
      const [whole, quoted, bare] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest)!;
      row.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
      rest = rest.slice(whole.length);
      if (rest.startsWith(',')) rest = rest.slice(1);
      else break;
    }
    if (!rest.startsWith('\r\n')) throw new Error(`No line end before ${JSON.stringify(rest)}`);
    rest = rest.slice(2);
    rows.push(row);
  }
  return rows;
}

it('quotes what must be quoted and nothing else', () => {
  expect(csvText(['a', 'b,c'], [['say "x"', 0.5], [null, 'line\nbreak']])).toBe('a,"b,c"\r\n"say ""x""",0.5\r\n,"line\nbreak"\r\n');
});

it('comes back as it was', () => {
  const value: fc.Arbitrary<CsvValue> = fc.oneof(fc.string(), fc.constantFrom('"', ',', '\r', '\n', '\r\n'), fc.double({ noNaN: true }), fc.constant(null));
  const table = fc.integer({ min: 1, max: 4 }).chain((width) => {
    const row = fc.array(value, { minLength: width, maxLength: width });
    return fc.tuple(fc.array(fc.string(), { minLength: width, maxLength: width }), fc.array(row, { maxLength: 5 }));
  });
  fc.assert(
    fc.property(table, ([header, rows]) => {
      const text = (cell: CsvValue): string => (cell === null ? '' : String(cell));
      expect(parse(csvText(header, rows))).toEqual([header, ...rows.map((row) => row.map(text))]);
    }),
  );
});

it('refuses rows that do not fit the header', () => {
  expect(() => csvText(['a'], [[1, 2]])).toThrow('A row of 2 values under 1 columns.');
});
