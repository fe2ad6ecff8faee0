/**
 * SGD's step in place, each array read and written once, and the penalty's value. DESIGN.md section 2; `sgdUpdate` and
 * `anchorPenalty` in `ops.ts` have the formulas.
 */
import { fma, loadUpTo, partStart, storeUpTo } from './simd';

// @ts-ignore: decorator
@unmanaged
class UpdateJob {
  theta: usize;
  /** 0 for none. */
  velocity: usize;
  grad: usize;
  /** 0 for none. */
  omega: usize;
  anchor: usize;
  size: i32;
  proximal: i32;
  learningRate: f32;
  momentum: f32;
  weightDecay: f32;
  lambda: f32;
}

const NO_PENALTY: i32 = 0;
const GRADIENT_FORM: i32 = 1;
const PROXIMAL_FORM: i32 = 2;

export function sgdUpdate(address: usize, part: i32, parts: i32): void {
  const job = changetype<UpdateJob>(address);
  const withVelocity = job.velocity != 0;
  if (!job.omega) {
    if (withVelocity) walk(job, part, parts, true, NO_PENALTY);
    else walk(job, part, parts, false, NO_PENALTY);
  } else if (job.proximal) {
    if (withVelocity) walk(job, part, parts, true, PROXIMAL_FORM);
    else walk(job, part, parts, false, PROXIMAL_FORM);
  } else {
    if (withVelocity) walk(job, part, parts, true, GRADIENT_FORM);
    else walk(job, part, parts, false, GRADIENT_FORM);
  }
}

// @ts-ignore: decorator
@inline
function walk(job: UpdateJob, part: i32, parts: i32, withVelocity: bool, penalty: i32): void {
  const learningRate = f32x4.splat(job.learningRate);
  const momentum = f32x4.splat(job.momentum);
  const weightDecay = f32x4.splat(job.weightDecay);
  const twoLambda = f32x4.splat(2 * job.lambda);
  const twoRateLambda = f32x4.splat(2 * job.learningRate * job.lambda);
  const fours = (job.size + 3) >> 2;
  const end = min(job.size, partStart(fours, part + 1, parts) << 2);
  for (let i = partStart(fours, part, parts) << 2; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const theta = loadUpTo(job.theta + at, left);
    let step = fma(weightDecay, theta, loadUpTo(job.grad + at, left));
    let omega = learningRate;
    let pull = learningRate;
    if (penalty != NO_PENALTY) {
      omega = loadUpTo(job.omega + at, left);
      pull = v128.mul<f32>(v128.mul<f32>(twoLambda, omega), v128.sub<f32>(theta, loadUpTo(job.anchor + at, left)));
    }
    if (penalty == GRADIENT_FORM) step = v128.add<f32>(step, pull);
    if (withVelocity) step = fma(momentum, loadUpTo(job.velocity + at, left), step);
    if (penalty == PROXIMAL_FORM) {
      step = v128.div<f32>(v128.add<f32>(step, pull), fma(twoRateLambda, omega, f32x4.splat(1)));
    }
    if (withVelocity) storeUpTo(job.velocity + at, step, left);
    storeUpTo(job.theta + at, v128.sub<f32>(theta, v128.mul<f32>(learningRate, step)), left);
  }
}

// @ts-ignore: decorator
@unmanaged
class PenaltyJob {
  theta: usize;
  anchor: usize;
  omega: usize;
  size: i32;
  /** A float64 for each block. */
  sums: usize;
}

/** Elements whose terms are added up before they join the others: fixed, so that the sum does not depend on the number of threads. */
const PENALTY_BLOCK: i32 = 65536;

/** Each block's Σ Ω (θ − θ*)², terms in float32, sums in float64; blocks are shared out among threads. */
export function anchorPenalty(address: usize, part: i32, parts: i32): void {
  const job = changetype<PenaltyJob>(address);
  const blocks = (job.size + PENALTY_BLOCK - 1) / PENALTY_BLOCK;
  const past = partStart(blocks, part + 1, parts);
  for (let block = partStart(blocks, part, parts); block < past; block++) {
    const start = block * PENALTY_BLOCK;
    store<f64>(job.sums + (<usize>block << 3), blockPenalty(job, start, min(job.size, start + PENALTY_BLOCK)));
  }
}

function blockPenalty(job: PenaltyJob, start: i32, end: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let i = start; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const drift = v128.sub<f32>(loadUpTo(job.theta + at, left), loadUpTo(job.anchor + at, left));
    const term = v128.mul<f32>(loadUpTo(job.omega + at, left), v128.mul<f32>(drift, drift));
    low = v128.add<f64>(low, f64x2.promote_low_f32x4(term));
    high = v128.add<f64>(high, f64x2.promote_low_f32x4(v128.shuffle<f64>(term, term, 1, 1)));
  }
  const sum = v128.add<f64>(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
