import { dropThreshold } from '../dropout-hash.ts';
import { kernel } from '../signatures.ts';
import { runtimeOf, sizeOf } from './runtime.ts';

/** `reluGradient` in `assembly/elementwise.ts`. */
export const wasmReluGrad = kernel('LabReluGrad', ({ dy, y }, _attrs, backend) => {
  const runtime = runtimeOf(backend);
  const size = sizeOf(dy.shape);
  const dx = runtime.output(dy.shape);
  runtime.run(
    'reluGradient',
    [runtime.address(dy), runtime.address(y), runtime.address(dx), size, 0, 0, 0],
    runtime.partsFor(size),
  );
  return dx;
});

/** `dropout` in `assembly/elementwise.ts`. */
export const wasmDropout = kernel('LabDropout', ({ x }, { rate, seed }, backend) => {
  const runtime = runtimeOf(backend);
  const size = sizeOf(x.shape);
  const y = runtime.output(x.shape);
  runtime.run(
    'dropout',
    [runtime.address(x), 0, runtime.address(y), size, seed | 0, dropThreshold(rate) | 0, { float: 1 / (1 - rate) }],
    runtime.partsFor(size),
  );
  return y;
});

/**
 * Softmax cross-entropy and its gradient, on the host in float64 over the tensors' memory: a batch has a few thousand logits,
 * and WebAssembly has no exponential.
 *
 *   z = logits − max,  loss[n] = scale · (log Σₖ exp(z[n,k]) − z[n, label]),  dlogits = scale · (exp(z)/Σ exp(z) − onehot)
 */
export const wasmSoftmaxCrossEntropy = kernel('LabSoftmaxCrossEntropy', ({ logits, labels }, { scale }, backend) => {
  const runtime = runtimeOf(backend);
  const [images, classes] = logits.shape as [number, number];
  const loss = runtime.output([images]);
  const dlogits = runtime.output([images, classes]);
  const from = runtime.floats(runtime.address(logits), images * classes);
  const chosen = runtime.ints(runtime.address(labels), images);
  const losses = runtime.floats(runtime.address(loss), images);
  const gradient = runtime.floats(runtime.address(dlogits), images * classes);
  const exponentials = new Float64Array(classes);
  for (let n = 0; n < images; n++) {
    const row = n * classes;
    let largest = -Infinity;
    // Math.max keeps a NaN, so that a network that diverged shows in its loss.
    for (let k = 0; k < classes; k++) largest = Math.max(largest, from[row + k]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += exponentials[k] = Math.exp(from[row + k]! - largest);
    const label = chosen[n]!;
    losses[n] = scale * (Math.log(sum) - (from[row + label]! - largest));
    for (let k = 0; k < classes; k++) gradient[row + k] = scale * (exponentials[k]! / sum - (k === label ? 1 : 0));
  }
  return [loss, dlogits];
});
