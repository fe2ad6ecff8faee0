/**
 * op(a) · op(b): the products of fully connected layers.
 *
 *   forward  y = x · w          [N, In] · [In, Out]
 *   ∂/∂x     dx = dy · wᵀ       [N, Out] · [In, Out]ᵀ
 *   ∂/∂w     dw = xᵀ · dy       [N, In]ᵀ · [N, Out]; with |x|, |dy| the exact per-image importance
 *
 * Dispatch and bytes: `gemm.ts`. With a batch of up to 64 images all rows fit one tile, so each weight is read once, and depth is sliced
 * until enough workgroups ask for weights at the same time: a layer of 9216 × 4096 is bound by its 151 MB of weights alone.
 * Rows that lie along the outer index are read four floats at a time where their length allows.
 * Reference: tf.matMul.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { kernel } from '../signatures.ts';
import { blockOf, eachOfFour, mapped, type GemmOperand, type PerElement } from './gemm-operand.ts';
import { gemm } from './gemm.ts';

export const webgpuMatMul = kernel('LabMatMul', ({ a, b }, { transposeA, transposeB }, backend: WebGPUBackend) => {
  const [rows, depth] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const columns = transposeB ? b.shape[0]! : b.shape[1]!;
  return gemm(backend, {
    rows,
    columns,
    depth,
    a: matrixOperand(a, transposeA ? 'outer' : 'depth', 'rows'),
    b: matrixOperand(b, transposeB ? 'depth' : 'outer', 'columns'),
    outputShape: [rows, columns],
  });
});

/** max(0, x · w + b), bias and ReLU as each result is written: x [N,In], w [In,Out], b [Out] → [N,Out]. Reference: tf.matMul, tf.add, tf.relu. */
export const webgpuDense = kernel('LabDense', ({ x, w, b }, { relu }, backend: WebGPUBackend) => {
  const [rows, depth] = x.shape as [number, number];
  const columns = w.shape[1]!;
  return gemm(backend, {
    rows,
    columns,
    depth,
    a: matrixOperand(x, 'depth', 'rows'),
    b: matrixOperand(w, 'outer', 'columns'),
    bias: b,
    relu,
    outputShape: [rows, columns],
  });
});

/** A matrix [outer, depth] whose depth is a multiple of four. */
function blocksOfDepth(tensor: TensorInfo, extent: 'rows' | 'columns'): GemmOperand {
  return {
    tensor,
    element: 'vec4<f32>',
    order: 'depth by four',
    key: `matrix-blocks-${extent}`,
    source: (side) => `
struct Place_${side} { outer: u32 }
fn prepare_${side}(outer: u32) -> Place_${side} { return Place_${side}(outer); }
fn load_${side}(place: Place_${side}, depth: u32) -> mat4x4<f32> {
  ${blockOf((i) => `place.outer + ${i}u < params.${extent}`, (i) => `${side}[((place.outer + ${i}u) * params.depth + depth) / 4u]`)}
}`,
  };
}

/**
 * A matrix in memory: [depth, outer] for order 'outer' (its last axis counts, those before are one), [outer, depth] for order 'depth'.
 *
 * @param extent names its outer size in `params`
 * @param map what is done to each element as it is read
 */
export function matrixOperand(
  tensor: TensorInfo,
  order: 'outer' | 'depth',
  extent: 'rows' | 'columns',
  map: PerElement = 'as it is',
): GemmOperand {
  const fours = tensor.shape[tensor.shape.length - 1]! % 4 === 0;
  if (fours && order === 'depth' && map === 'as it is') return blocksOfDepth(tensor, extent);
  const wide = fours && order === 'outer';
  const outer = `params.${extent}`;
  const index = (i: number) => (order === 'outer' ? `depth * ${outer} + place.outer + ${i}u` : `(place.outer + ${i}u) * params.depth + depth`);
  return {
    tensor,
    element: wide ? 'vec4<f32>' : 'f32',
    order,
    key: `matrix-${order}-${extent}-${map}`,
    source: (side) => `
struct Place_${side} { outer: u32 }
fn prepare_${side}(outer: u32) -> Place_${side} { return Place_${side}(outer); }
fn load_${side}(place: Place_${side}, depth: u32) -> vec4<f32> {
  var value = vec4<f32>();
  ${
    wide
      ? `if (place.outer < ${outer}) { value = ${side}[(depth * ${outer} + place.outer) / 4u]; }`
      : eachOfFour((i) => `if (place.outer + ${i}u < ${outer}) { value.${'xyzw'[i]} = ${side}[${index(i)}]; }`)
  }
  return ${mapped('value', map)};
}`,
  };
}
