/** Means and their confidence intervals over seeds; ranks. */

/** A mean over `count` runs, with half the width of its 95 % confidence interval (null for a single run). */
export interface Estimate {
  readonly mean: number;
  readonly half: number | null;
  readonly count: number;
}

/**
 * mean ± t₀.₉₇₅(n − 1) · s / √n, s the sample standard deviation (divisor n − 1): the 95 % interval of a mean of n normal draws.
 * @returns null for no values
 */
export function estimate(values: readonly number[]): Estimate | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, half: null, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, half: studentT975(count - 1) * Math.sqrt(variance / count), count };
}

/** The 97.5 % quantile of Student's t with `freedom` degrees of freedom: 12.706 for 1, 1.960 in the limit. */
export function studentT975(freedom: number): number {
  let low = 1.9;
  let high = 13;
  // P(|T| > t) falls in t; 60 halvings reach the last bit.
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (twoSidedTail(middle, freedom) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| > t) = I_x(ν/2, ½) with x = ν / (ν + t²), I the regularised incomplete beta function (Abramowitz & Stegun 26.7.1). */
export function twoSidedTail(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** I_x(a, b) by its continued fraction (Abramowitz & Stegun 26.5.8), mirrored to where that converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log(1 - x) - logBeta(a, b)) / a;
  return front / betaFraction(x, a, b);
}

/** 1 + d₁/(1 + d₂/(1 + …)), evaluated from the far end; 200 terms are far beyond float64 where a, b ≤ 500. */
function betaFraction(x: number, a: number, b: number): number {
  let value = 1;
  for (let m = 200; m >= 1; m--) {
    const half = Math.floor(m / 2);
    const d =
      m % 2 === 0
        ? (half * (b - half) * x) / ((a + m - 1) * (a + m))
        : (-(a + half) * (a + b + half) * x) / ((a + m - 1) * (a + m));
    value = 1 + d / value;
  }
  return value;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(z) for z > 0 by Stirling's series, after shifting z above 10. */
function logGamma(z: number): number {
  let shift = 0;
  let x = z;
  for (; x < 10; x++) shift += Math.log(x);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
