/** Programs in which every thread makes one element, or four neighbours, of the result and none waits for another. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { StorageBinding, UniformField } from './device-cache.ts';
import { foldedWorkgroups, record } from './program.ts';

/** Threads a workgroup: a multiple of every GPU's hardware group, small enough for any. */
const THREADS = 256;

export interface FlatProgram {
  readonly key: string;
  /** WGSL statements that make element `i` (u32, below `params.count`); `return` leaves. */
  readonly body: () => string;
  /** WGSL functions and constants that `body` uses. */
  readonly functions?: () => string;
  /** Written bindings first, by custom. */
  readonly storage: readonly StorageBinding[];
  readonly operands: readonly (TensorInfo | GPUBuffer)[];
  /** Beside `count`, which is always there. */
  readonly uniforms?: readonly UniformField[];
  /** Elements to make, in units of the binding's element: vectors where that is vec4<f32>. */
  readonly count: number;
}

/** Runs `body` for i = 0 … count − 1. */
export function recordFlat(backend: WebGPUBackend, program: FlatProgram): void {
  if (program.count === 0) return;
  record(backend, {
    key: program.key,
    source: () => `
${program.functions?.() ?? ''}
@compute @workgroup_size(${THREADS})
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let i = (group.y * groups.x + group.x) * ${THREADS}u + thread;
  if (i >= params.count) { return; }
${program.body()}
}`,
    storage: program.storage,
    operands: program.operands,
    uniforms: [{ name: 'count', type: 'u32', value: program.count }, ...(program.uniforms ?? [])],
    workgroups: foldedWorkgroups(program.count, THREADS),
  });
}

/** Width and type with which arrays whose rows hold `size` floats can be read: four at a time where that divides. */
export function vectorWidth(size: number): { readonly width: 1 | 4; readonly element: 'f32' | 'vec4<f32>' } {
  return size % 4 === 0 ? { width: 4, element: 'vec4<f32>' } : { width: 1, element: 'f32' };
}

/** Number of elements of a shape. */
export function sizeOf({ shape }: TensorInfo): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
