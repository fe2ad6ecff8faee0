/** Numbers as people read them, in the person's own locale. Accuracies come in as fractions. */
import { power } from './charts/power.ts';

const locale: string[] | undefined = typeof navigator === 'undefined' ? undefined : [...navigator.languages];

const percentWhole = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const percentFine = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1, minimumFractionDigits: 1 });
const pointsWhole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'exceptZero' });
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const significant = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
// Latin digits: the exponent is read back and written in superscripts, of which there are no others.
const scientific = new Intl.NumberFormat(locale, { numberingSystem: 'latn', notation: 'scientific', maximumSignificantDigits: 2 });
const fine = new Intl.NumberFormat(locale, { maximumSignificantDigits: 6 });
const scientificFine = new Intl.NumberFormat(locale, { numberingSystem: 'latn', notation: 'scientific', maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

/** 0.8 → “80 %”. null → “–”. */
export function formatPercent(fraction: number | null, fine = false): string {
  if (fraction === null) return '–';
  return (fine ? percentFine : percentWhole).format(fraction === 0 ? 0 : fraction);
}

/** Difference of accuracies in percentage points with its sign: −0.41 → “−41”. */
export function formatPoints(difference: number | null): string {
  return difference === null ? '–' : pointsWhole.format(wholePoints(difference)).replace('-', '−');
}

/** Forgetting in percentage points: 0.41 → “41”, −0.01 → “−1”. */
export function formatLost(forgetting: number | null): string {
  return forgetting === null ? '–' : whole.format(wholePoints(forgetting)).replace('-', '−');
}

/** A share or a difference of shares as exact as it is written: what changes less than that need not be rendered again. */
export function asWritten(share: number | null): number | null {
  return share === null ? null : wholePoints(share) / 100;
}

/** “point” or “points”, as shown: whole ones. */
export function isOnePoint(difference: number | null): boolean {
  return difference !== null && Math.abs(wholePoints(difference)) === 1;
}

/** Halves round away from zero, so that a loss and its negative show the same number; the hair undoes 0.355 · 100 = 35.49…. */
function wholePoints(difference: number): number {
  const points = Math.sign(difference) * Math.round(Math.abs(difference) * 100 + 1e-9);
  return points === 0 ? 0 : points;
}

export function formatWhole(value: number): string {
  return whole.format(value);
}

/** One digit after the point, always: figures below one another. */
export function formatTenths(value: number): string {
  return tenths.format(value).replace('-', '−');
}

/** 9.6E-5 as “9.6 × 10⁻⁵”: locales know the digits, none writes the power as people do. `gap` stands around the sign. */
function powered(value: number, format: Intl.NumberFormat, gap = ' '): string {
  let [mantissa, exponent] = ['', ''];
  for (const { type, value: text } of format.formatToParts(value)) {
    if (type === 'exponentMinusSign') exponent = '-';
    else if (type === 'exponentInteger') exponent += text;
    else if (type === 'minusSign') mantissa += '−';
    else if (type !== 'exponentSeparator') mantissa += text;
  }
  const ten = power(Number(exponent));
  return mantissa === '1' ? ten : `${mantissa}${gap}×${gap}${ten}`;
}

/** Three significant digits; powers of ten where plain digits would be long: “9.6 × 10⁻⁵”. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e6)) return powered(value, scientific);
  return significant.format(value);
}

/** Six significant digits: single weights, whose steps show in the fourth or later. */
export function formatFine(value: number): string {
  const size = Math.abs(value);
  return value !== 0 && size < 1e-4 ? powered(value, scientificFine) : fine.format(value).replace('-', '−');
}

/** Axis labels: short. */
export function formatTick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e4) return compact.format(value);
  return value !== 0 && size < 1e-3 ? powered(value, scientific, '') : significant.format(value);
}

/** Exact text of a number for an entry field, always with a point so that it can be typed and pasted anywhere. */
export function formatExact(value: number): string {
  return String(value);
}

export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[unit]!, unitDisplay: 'short', maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0 }).format(size);
}

/** “45 s”, “3 min”, “2 h 5 min”: as coarse as is honest for an estimate. */
export function formatDuration(ms: number): string {
  const unit = (value: number, name: 'second' | 'minute' | 'hour'): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return unit(seconds, 'second');
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return unit(minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${unit(minutes % 60, 'minute')}`;
}

export function formatDate(iso: string): string {
  return day.format(new Date(iso));
}

/** “a, b and c” in the person's language. */
export function formatList(items: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(items);
}
