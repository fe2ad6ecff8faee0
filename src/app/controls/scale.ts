/** Where a setting's values lie along its slider, and which values the keyboard visits. */
import type { NumberSetting } from '../../core/settings.ts';

export interface Scale {
  /** Place of a value along the track, 0 to 1; values between stops lie between them. */
  position(value: number): number;
  /** The stop nearest to a place along the track. */
  at(position: number): number;
  /** The stop `by` stops away from a value. */
  step(value: number, by: number): number;
  readonly min: number;
  readonly max: number;
}

/** Eight stops a decade, nearly even on a logarithmic track and round to read. */
const MANTISSAS = [1, 1.5, 2, 3, 4, 5, 6, 8] as const;
/** Below this a logarithmic slider that starts at zero has no stops but zero: weaker pulls than 10⁻⁴ show no effect. */
const SMALLEST = 1e-4;

/** Linear scales run through whole numbers, logarithmic ones through round numbers with zero at the left end where it is allowed. */
export function scaleOf(setting: NumberSetting): Scale {
  const stops = setting.scale === 'log' ? logStops(setting.min, setting.max) : wholeStops(setting.min, setting.max);
  return stopScale(stops);
}

function logStops(min: number, max: number): number[] {
  const stops = min === 0 ? [0] : [];
  const low = Math.max(min, SMALLEST);
  const lowest = min === 0 ? low : min;
  for (let decade = Math.round(Math.log10(lowest)); decade <= Math.ceil(Math.log10(max)); decade++) {
    for (const mantissa of MANTISSAS) {
      const value = Number(`${mantissa}e${decade}`);
      if (value >= lowest && value <= max) stops.push(value);
    }
  }
  return stops;
}

/** Every whole number to 20, then coarser, so that short trainings have most of the track. */
function wholeStops(min: number, max: number): number[] {
  const stops: number[] = [];
  for (let value = min; value <= max; value += value < 20 ? 1 : value < 60 ? 5 : value < 100 ? 10 : 20) stops.push(value);
  if (stops.at(-1) !== max) stops.push(max);
  return stops;
}

/** A scale through given stops, ascending, evenly spaced along the track. */
export function stopScale(stops: readonly number[]): Scale {
  const last = stops.length - 1;
  const min = stops[0]!;
  const max = stops[last]!;
  /** Index of a value among the stops, fractional between two. */
  const indexOf = (value: number): number => {
    if (value <= min) return 0;
    if (value >= max) return last;
    let i = 0;
    while (stops[i + 1]! <= value) i++;
    const [a, b] = [stops[i]!, stops[i + 1]!];
    return i + (a > 0 ? Math.log(value / a) / Math.log(b / a) : (value - a) / (b - a));
  };
  const clampIndex = (index: number): number => Math.min(last, Math.max(0, index));
  return {
    min,
    max,
    position: (value) => indexOf(value) / last,
    at: (position) => stops[clampIndex(Math.round(position * last))]!,
    step: (value, by) => {
      const index = indexOf(value);
      // From between two stops, one step goes to the next stop, not past it.
      const next = by > 0 ? Math.floor(index + 1e-9) + by : Math.ceil(index - 1e-9) + by;
      return stops[clampIndex(next)]!;
    },
  };
}
