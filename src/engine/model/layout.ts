/**
 * Between the engine's layouts and PyTorch's, element for element.
 *
 * | | engine | PyTorch |
 * |---|---|---|
 * | conv weight | [KH, KW, Ci, Co] | [Co, Ci, KH, KW] |
 * | linear weight | [In, Out] | [Out, In] |
 * | the first linear after a flatten | In = (h, w, c) | In = (c, h, w) |
 */
import type { ModelSpec, ParamSpec } from './spec.ts';

/** Weights on the host: values in PyTorch's order. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Shape of a parameter as PyTorch has it. */
export function torchShape(param: ParamSpec): readonly number[] {
  const s = param.shape;
  return param.role === 'bias' ? s : param.layer.kind === 'conv' ? [s[3]!, s[2]!, s[0]!, s[1]!] : [s[1]!, s[0]!];
}

/**
 * For every position of a parameter in the engine's order, its position in PyTorch's.
 * @param flattened [H, W, C] of the image the layer's input was flattened from, or null
 */
function torchPositions(param: ParamSpec, flattened: readonly [number, number, number] | null): (index: number) => number {
  const s = param.shape;
  if (param.role === 'bias') return (index) => index;
  if (param.layer.kind === 'conv') {
    const [kh, kw, ci, co] = [s[0]!, s[1]!, s[2]!, s[3]!];
    return (index) => {
      const o = index % co;
      const c = Math.floor(index / co) % ci;
      const v = Math.floor(index / (co * ci)) % kw;
      const u = Math.floor(index / (co * ci * kw));
      return ((o * ci + c) * kh + u) * kw + v;
    };
  }
  const [inputs, outputs] = [s[0]!, s[1]!];
  if (!flattened) return (index) => (index % outputs) * inputs + Math.floor(index / outputs);
  const [, width, channels] = flattened;
  const area = inputs / channels;
  return (index) => {
    const i = Math.floor(index / outputs);
    const c = i % channels;
    const x = Math.floor(i / channels) % width;
    const y = Math.floor(i / (channels * width));
    return (index % outputs) * inputs + c * area + y * width + x;
  };
}

/** Where PyTorch has the element that the engine has at `index`; both count flat. */
export function torchIndex(param: ParamSpec, spec: ModelSpec, index: number): number {
  return torchPositions(param, flattenedInput(param, spec))(index);
}

/** The inverse of {@link torchIndex}. */
export function engineIndex(param: ParamSpec, spec: ModelSpec, index: number): number {
  const s = param.shape;
  if (param.role === 'bias') return index;
  if (param.layer.kind === 'conv') {
    const [kh, kw, ci, co] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const v = index % kw;
    const u = Math.floor(index / kw) % kh;
    const c = Math.floor(index / (kw * kh)) % ci;
    const o = Math.floor(index / (kw * kh * ci));
    return ((u * kw + v) * ci + c) * co + o;
  }
  const [inputs, outputs] = [s[0]!, s[1]!];
  const input = index % inputs;
  const flattened = flattenedInput(param, spec);
  const area = flattened ? inputs / flattened[2] : 1;
  const place = flattened ? (input % area) * flattened[2] + Math.floor(input / area) : input;
  return place * outputs + Math.floor(index / inputs);
}

/** Engine order → PyTorch order. */
export function toTorch(values: Float32Array, param: ParamSpec, spec: ModelSpec): HostTensor {
  const position = torchPositions(param, flattenedInput(param, spec));
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) out[position(i)] = values[i]!;
  return { shape: torchShape(param), values: out };
}

/** PyTorch order → engine order. The caller has checked the shape. */
export function fromTorch(values: Float32Array, param: ParamSpec, spec: ModelSpec): Float32Array {
  const position = torchPositions(param, flattenedInput(param, spec));
  const out = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) out[i] = values[position(i)]!;
  return out;
}

/** [H, W, C] that is flattened right before this parameter's layer (dropout may stand between), else null. */
function flattenedInput(param: ParamSpec, spec: ModelSpec): readonly [number, number, number] | null {
  if (param.layer.kind !== 'linear') return null;
  const index = spec.layers.indexOf(param.layer);
  for (let i = index - 1; i >= 0; i--) {
    const before = spec.layers[i]!;
    if (before.kind === 'dropout') continue;
    return before.kind === 'flatten' ? imageShapeAt(spec, i) : null;
  }
  return null;
}

/** [H, W, C] of what enters layer `index`, counted from the input on. */
export function imageShapeAt(spec: ModelSpec, index: number): readonly [number, number, number] {
  let size = spec.input.size;
  let channels: number = spec.input.channels;
  for (const layer of spec.layers.slice(0, index)) {
    switch (layer.kind) {
      case 'conv':
        size = Math.floor((size + 2 * layer.pad - layer.kernel) / layer.stride) + 1;
        channels = layer.outChannels;
        break;
      case 'max-pool':
        size = Math.floor((size - layer.size) / layer.stride) + 1;
        break;
      case 'adaptive-avg-pool':
        size = layer.size;
        break;
      case 'linear':
      case 'flatten':
      case 'dropout':
        break;
    }
  }
  return [size, size, channels];
}
