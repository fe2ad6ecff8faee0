/**
 * Inverted dropout whose mask is a hash of (seed, element), so that it needs no memory and is the same on every backend:
 *
 *   out[i] = x[i] / (1 − rate) where mix32(i · 0x9E3779B1 + seed) ≥ rate · 2³², else 0
 *
 * Any shape. A thread four elements where their number allows; reads x, writes out: 8 bytes an element. u32 arithmetic wraps in WGSL
 * as `Math.imul` does, so the bits are those of `dropout-hash.ts`.
 * Reference: `dropoutBits` on the host, tf.mul.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { dropThreshold } from '../dropout-hash.ts';
import { kernel } from '../signatures.ts';
import { recordFlat, sizeOf, vectorWidth } from './flat.ts';
import { makeOutput } from './program.ts';

export const webgpuDropout = kernel('LabDropout', ({ x }, { rate, seed }, backend: WebGPUBackend) => {
  const { width, element } = vectorWidth(sizeOf(x));
  const result = makeOutput(backend, x.shape);
  const kept = (index: string) => `dropoutBits(${index}) >= params.threshold`;
  const keeps = width === 1 ? kept('i') : `vec4<bool>(${[0, 1, 2, 3].map((lane) => kept(`4u * i + ${lane}u`)).join(', ')})`;
  recordFlat(backend, {
    key: `dropout ${element}`,
    functions: () => `
fn dropoutBits(index: u32) -> u32 {
  var h = index * 0x9e3779b1u + params.seed;
  h ^= h >> 16u;
  h *= 0x85ebca6bu;
  h ^= h >> 13u;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16u);
}`,
    body: () => `result[i] = select(${element}(), x[i] * params.factor, ${keeps});`,
    storage: [
      { name: 'result', element, access: 'read_write' },
      { name: 'x', element, access: 'read' },
    ],
    operands: [result, x],
    uniforms: [
      { name: 'seed', type: 'u32', value: seed >>> 0 },
      { name: 'threshold', type: 'u32', value: dropThreshold(rate) },
      { name: 'factor', type: 'f32', value: 1 / (1 - rate) },
    ],
    count: sizeOf(x) / width,
  });
  return result;
});
