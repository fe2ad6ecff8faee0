/** Named tensors that live until disposed: weights, importances, anchors, momentum buffers. */
import { keep, mul, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { createRandom } from '../../core/random.ts';
import { LabError } from '../../core/errors.ts';
import { fromTorch, toTorch, torchShape, type HostTensor } from './layout.ts';
import type { ModelSpec, ParamSpec } from './spec.ts';

/** Tensors by parameter name, in the engine's layouts. Whoever holds the map disposes its tensors. */
export type Params = ReadonlyMap<string, Tensor>;
/** The same on the host, in PyTorch's layouts and order. */
export type HostParams = ReadonlyMap<string, HostTensor>;

/**
 * He-normal weights (He et al. 2015: standard deviation √(2/fan-in)) and zero biases, drawn from the stream (seed, 'init', name).
 */
export function initialParams(params: readonly ParamSpec[], seed: number): Params {
  return new Map(
    params.map((param) => {
      const values = new Float32Array(param.shape.reduce((a, b) => a * b, 1));
      if (param.role === 'weight') {
        const fanIn = param.shape.slice(0, -1).reduce((a, b) => a * b, 1);
        fillNormal(values, Math.sqrt(2 / fanIn), seed, param.name);
      }
      return [param.name, keep(tensor(values, [...param.shape]))] as const;
    }),
  );
}

/**
 * A head's weights uniform in ±1/√fan-in, as PyTorch initialises a linear layer, and zero biases; stream (seed, 'head', task, name).
 * He's scale would start the logits so large that the first steps kill a small network's ReLUs.
 */
export function initialHead(params: readonly ParamSpec[], seed: number, task: number): Params {
  return new Map(
    params.map((param) => {
      const values = new Float32Array(param.shape.reduce((a, b) => a * b, 1));
      if (param.role === 'weight') {
        const reach = 1 / Math.sqrt(param.shape[0]!);
        const random = createRandom(seed, 'head', task, param.name);
        for (let i = 0; i < values.length; i++) values[i] = random.between(-reach, reach);
      }
      return [param.name, keep(tensor(values, [...param.shape]))] as const;
    }),
  );
}

/** Box-Muller in pairs: both normals of a pair are used, which halves the time for 57 M weights. */
function fillNormal(values: Float32Array, deviation: number, seed: number, name: string): void {
  const random = createRandom(seed, 'init', name);
  for (let i = 0; i < values.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

/** A real copy: weights are updated in place, and `clone` would share their data. */
export function copyParams(params: Params): Params {
  return new Map([...params].map(([name, value]) => [name, keep(tidy(() => mul(value, 1)))] as const));
}

export function disposeParams(params: Params): void {
  for (const value of params.values()) value.dispose();
}

/** Downloads parameters in PyTorch's layout. */
export async function hostParams(params: Params, specs: readonly ParamSpec[], model: ModelSpec): Promise<HostParams> {
  const out = new Map<string, HostTensor>();
  for (const spec of specs) {
    const value = params.get(spec.name);
    if (value) out.set(spec.name, toTorch((await value.data()) as Float32Array, spec, model));
  }
  return out;
}

/** @throws LabError 'param-mismatch' naming every parameter that is missing or has another shape */
export function requireParams(host: HostParams, specs: readonly ParamSpec[], model: ModelSpec): void {
  const problems = specs.flatMap((spec) => {
    const found = host.get(spec.name);
    const expected = torchShape(spec).join('×');
    if (!found) return [`${spec.name} (${expected}) is missing`];
    return found.shape.join('×') === expected ? [] : [`${spec.name} is ${found.shape.join('×')}, expected ${expected}`];
  });
  if (problems.length > 0) {
    throw new LabError('param-mismatch', `The weights do not fit ${model.id}: ${problems.join('; ')}.`, 'Choose the model these weights were made with.');
  }
}

/** Uploads parameters given in PyTorch's layout. @throws LabError as {@link requireParams} */
export function deviceParams(host: HostParams, specs: readonly ParamSpec[], model: ModelSpec): Params {
  requireParams(host, specs, model);
  return new Map(
    specs.map((spec) => [spec.name, keep(tensor(fromTorch(host.get(spec.name)!.values, spec, model), [...spec.shape]))] as const),
  );
}
