/**
 * Sine, logistic and normal quantiles made of + − × ÷ and sqrt only. The language defines those to the last bit, unlike Math.sin or
 * Math.exp, so that the built-in images are the same bytes in every engine and on every processor.
 */

const INVERSE_PI = 1 / Math.PI;

/** sin x by its Taylor polynomial of degree 9 after reduction to ±π/2; error below 4e-6 for |x| < 1000. */
export function sine(x: number): number {
  const halfTurns = Math.floor(x * INVERSE_PI + 0.5);
  const r = x - halfTurns * Math.PI;
  const r2 = r * r;
  const value = r * (1 + r2 * (-1 / 6 + r2 * (1 / 120 + r2 * (-1 / 5040 + r2 / 362880))));
  return (halfTurns & 1) === 0 ? value : -value;
}

/** eˣ as (1 + x / 2²⁰) squared twenty times; for building tables, |x| ≤ 16. */
function exponential(x: number): number {
  let value = 1 + x / 1048576;
  for (let i = 0; i < 20; i++) value *= value;
  return value;
}

const LOGISTIC_RANGE = 12;
const LOGISTIC_PER_UNIT = 128;
const LOGISTIC = Float64Array.from(
  { length: 2 * LOGISTIC_RANGE * LOGISTIC_PER_UNIT + 1 },
  (_, i) => 1 / (1 + exponential(LOGISTIC_RANGE - i / LOGISTIC_PER_UNIT)),
);

/** 1 / (1 + e⁻ᶻ), from a table with steps of 1/128; exactly 0 and 1 beyond ±12. */
export function logistic(z: number): number {
  if (z <= -LOGISTIC_RANGE) return 0;
  if (z >= LOGISTIC_RANGE) return 1;
  return LOGISTIC[((z + LOGISTIC_RANGE) * LOGISTIC_PER_UNIT + 0.5) | 0]!;
}

/** How many equally likely values {@link NORMAL_QUANTILES} has. */
export const QUANTILE_BITS = 10;

/**
 * The standard normal's quantiles at (i + ½) / 1024: picking one by ten random bits draws from a normal whose tails end at ±3.3.
 * Found by walking the density's integral outwards with the midpoint rule.
 */
export const NORMAL_QUANTILES: Float64Array = normalQuantiles(1 << QUANTILE_BITS);

function normalQuantiles(count: number): Float64Array {
  const quantiles = new Float64Array(count);
  const step = 1 / 4096;
  const density = 1 / Math.sqrt(2 * Math.PI);
  let x = 0;
  let below = 0.5;
  for (let i = count / 2; i < count; i++) {
    const wanted = (i + 0.5) / count;
    while (below < wanted) {
      const middle = x + step / 2;
      below += step * density * exponential((-middle * middle) / 2);
      x += step;
    }
    quantiles[i] = x;
    quantiles[count - 1 - i] = -x;
  }
  return quantiles;
}
