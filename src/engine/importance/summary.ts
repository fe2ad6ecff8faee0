/** What the screen shows of Ω: per layer its size, shape, share and drift. Computed on the host, once a task. */
import { mean, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { ImportanceSummary, LayerImportance } from '../../core/importance-summary.ts';
import type { Params } from '../model/params.ts';
import { isParametric, type ModelSpec } from '../model/spec.ts';
import { requireValidOmega } from './check-omega.ts';

/** Buckets of the histogram are powers of two: the exponent of a float32 is in its bits, so 57 M weights cost no logarithm. */
const STEP = Math.log10(2);
const EXPONENT_BIAS = 127;

/**
 * @param omega accumulated Ω
 * @param anchorBefore θ* of the previous task, for the drift; null after the first task
 * @throws LabError 'omega-invalid' where an entry is not a finite number ≥ 0
 */
export async function summarizeImportance(
  model: ModelSpec,
  task: number,
  omega: Params,
  backbone: Params,
  anchorBefore: Params | null,
  elapsedMs: number,
): Promise<ImportanceSummary> {
  const layers: (LayerImportance & { readonly total: number })[] = [];
  for (const [name, value] of omega) {
    const theta = backbone.get(name);
    const anchor = anchorBefore?.get(name);
    const drift = theta && anchor ? await readScalar(() => sqrt(mean(square(sub(theta, anchor))))) : 0;
    const values = (await value.data()) as Float32Array;
    requireValidOmega(name, values);
    layers.push(summarizeLayer(name, values, drift));
  }
  const total = layers.reduce((sum, layer) => sum + layer.total, 0);
  return {
    task,
    layers: layers.map(({ total: own, ...layer }) => ({ ...layer, share: total > 0 ? own / total : 0 })),
    maxOmega: layers.reduce((most, layer) => Math.max(most, layer.max), 0),
    elapsedMs,
    filters: await filterImages(model, omega, backbone),
  };
}

function summarizeLayer(name: string, values: Float32Array, drift: number): LayerImportance & { readonly total: number } {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const counts = new Uint32Array(256);
  let total = 0;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    total += value;
    if (value > largest) largest = value;
    counts[(bits[i]! >>> 23) & 0xff]! += 1;
  }
  const zeros = counts[0]!;
  const used = [...counts.keys()].filter((exponent) => exponent > 0 && counts[exponent]! > 0);
  const first = used[0] ?? EXPONENT_BIAS;
  const last = used.at(-1) ?? EXPONENT_BIAS;
  return {
    name,
    count: values.length,
    mean: values.length === 0 ? 0 : total / values.length,
    max: largest,
    share: 0,
    zeroShare: values.length === 0 ? 0 : zeros / values.length,
    histogram: used.length === 0 ? [] : [...counts.subarray(first, last + 1)],
    histogramMin: (first - EXPONENT_BIAS) * STEP,
    histogramStep: STEP,
    drift,
    total,
  };
}

/** The first convolution's filters as pictures (each scaled to its own range), with their share of the layer's Ω. */
async function filterImages(model: ModelSpec, omega: Params, backbone: Params): Promise<ImportanceSummary['filters']> {
  const first = model.layers.find(isParametric);
  if (first?.kind !== 'conv') return [];
  const weight = backbone.get(`${first.name}.weight`);
  if (!weight) return [];
  const { kernel, inChannels, outChannels } = first;
  const values = (await weight.data()) as Float32Array;
  const importance = omega.get(`${first.name}.weight`);
  const omegas = importance ? ((await importance.data()) as Float32Array) : null;
  const area = kernel * kernel;
  const shares = new Float64Array(outChannels);
  omegas?.forEach((value, i) => (shares[i % outChannels]! += value));
  const total = shares.reduce((a, b) => a + b, 0);
  return Array.from({ length: outChannels }, (_, o) => {
    const rgba = new Uint8ClampedArray(area * 4);
    const at = (p: number, c: number): number => values[(p * inChannels + Math.min(c, inChannels - 1)) * outChannels + o]!;
    let low = Infinity;
    let high = -Infinity;
    for (let p = 0; p < area; p++)
      for (let c = 0; c < inChannels; c++) {
        low = Math.min(low, at(p, c));
        high = Math.max(high, at(p, c));
      }
    const range = high > low ? high - low : 1;
    for (let p = 0; p < area; p++) {
      for (let c = 0; c < 3; c++) rgba[p * 4 + c] = (255 * (at(p, c) - low)) / range;
      rgba[p * 4 + 3] = 255;
    }
    return { rgba, width: kernel, height: kernel, omega: total > 0 ? shares[o]! / total : 0 };
  });
}

async function readScalar(compute: () => ReturnType<typeof sqrt>): Promise<number> {
  const value = tidy(compute);
  const [number] = await value.data();
  value.dispose();
  return number ?? 0;
}
