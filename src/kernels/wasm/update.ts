import { kernel } from '../signatures.ts';
import { runtimeOf, sizeOf } from './runtime.ts';

/** `sgdUpdate` in `assembly/update.ts`. */
export const wasmSgdUpdate = kernel('LabSgdUpdate', (inputs, options, backend) => {
  const runtime = runtimeOf(backend);
  const { theta, velocity, grad, omega, anchor } = inputs;
  const size = sizeOf(theta.shape);
  const penalised = omega !== undefined && anchor !== undefined;
  runtime.run(
    'sgdUpdate',
    [
      ...[runtime.address(theta), velocity ? runtime.address(velocity) : 0, runtime.address(grad)],
      ...(penalised ? [runtime.address(omega), runtime.address(anchor)] : [0, 0]),
      ...[size, options.penaltyStep === 'proximal'],
      ...[options.learningRate, options.momentum, options.weightDecay, options.lambda].map((float) => ({ float })),
    ],
    runtime.partsFor(2 * size),
  );
  return [];
});

/** As in `assembly/update.ts`. */
const PENALTY_BLOCK = 65536;

/** `anchorPenalty` in `assembly/update.ts`. */
export const wasmAnchorPenalty = kernel('LabAnchorPenalty', ({ theta, anchor, omega }, _attrs, backend) => {
  const runtime = runtimeOf(backend);
  const size = sizeOf(theta.shape);
  const blocks = Math.ceil(size / PENALTY_BLOCK);
  const sums = runtime.scratch(8 * blocks);
  runtime.run(
    'anchorPenalty',
    [runtime.address(theta), runtime.address(anchor), runtime.address(omega), size, sums],
    Math.min(blocks, runtime.partsFor(2 * size)),
  );
  const total = runtime.doubles(sums, blocks).reduce((sum, block) => sum + block, 0);
  const penalty = runtime.output([]);
  runtime.floats(runtime.address(penalty), 1)[0] = total;
  return penalty;
});
