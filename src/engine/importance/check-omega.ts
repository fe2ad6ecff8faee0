import { LabError } from '../../core/errors.ts';

/**
 * Ω must be finite and not negative: one NaN would spread over the whole network at the next step.
 * @param values of one parameter, on the host
 * @throws LabError 'omega-invalid' naming the parameter, the position (engine's order) and the value
 */
export function requireValidOmega(name: string, values: Float32Array): void {
  // NaN fails the comparison too.
  const bad = values.findIndex((value) => !(value >= 0 && value < Infinity));
  if (bad < 0) return;
  throw new LabError(
    'omega-invalid',
    `The importance Ω of ${name} is ${values[bad]} at position ${bad} of ${values.length}; it must be a finite number, at least 0.`,
    'The logits have probably grown without bound: lower the learning rate and train the task again.',
  );
}
