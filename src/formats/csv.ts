/** Comma-separated values as RFC 4180 has them: CRLF line ends, fields quoted where they must be. */

/** null is an empty field. Numbers keep full precision and always have a point as decimal sign. */
export type CsvValue = string | number | null;

/** Every row must have as many values as the header has names. */
export function csvText(header: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  for (const row of rows) {
    if (row.length !== header.length) throw new Error(`A row of ${row.length} values under ${header.length} columns.`);
  }
  return [header, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(value: CsvValue): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
