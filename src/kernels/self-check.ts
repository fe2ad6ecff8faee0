/**
 * Every GPU and driver differs, so the lab's kernels prove themselves where they run: each once on small inputs against the same
 * kernel made of stock operations. One that differs is replaced by those, and the lab says so.
 */
import { engine, env, registerKernel, unregisterKernel, type NamedAttrMap, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { createRandom } from '../core/random.ts';
import { composedKernels } from './composed/kernels.ts';
import type { LabKernelName } from './ops.ts';
import { replaceKernel, type LabBackendName } from './register.ts';
import { checkCases, type CheckCase } from './self-check-cases.ts';
import type { KernelTable } from './signatures.ts';

export interface KernelCheck {
  readonly kernel: LabKernelName;
  /** Which of its cases, in words. */
  readonly what: string;
  /** max|a − b| / max|b| over all its outputs; infinite where it threw. */
  readonly error: number;
  readonly right: boolean;
}

/** Kernels sum in another order than stock operations: float32 rounding over a few hundred terms stays far below this. */
const TOLERANCE = 1e-4;

/** Runs every case on the current backend, one after another; who has seen enough may leave. */
export async function* checkKernels(backend: LabBackendName): AsyncGenerator<KernelCheck, void> {
  // Otherwise webgpu would compute these small inputs on the CPU and prove nothing.
  const forwarded = backend === 'webgpu' ? env().getBool('WEBGPU_CPU_FORWARD') : null;
  if (forwarded !== null) env().set('WEBGPU_CPU_FORWARD', false);
  try {
    for (const one of checkCases(createRandom(1, 'self-check'))) yield await check(backend, one);
  } finally {
    if (forwarded !== null) env().set('WEBGPU_CPU_FORWARD', forwarded);
  }
}

/** How many cases {@link checkKernels} has. */
export function kernelCaseCount(): number {
  return checkCases(createRandom(1, 'self-check')).length;
}

/**
 * Checks all kernels and replaces those that are wrong.
 * @param plainer what stands in before stock operations do, where it proves right: kernels that ask less of the device
 * @returns the names of those that stock operations replaced
 */
export async function checkAndReplace(backend: LabBackendName, plainer: KernelTable = {}): Promise<LabKernelName[]> {
  let wrong = await wrongKernels(backend);
  const doubtful = wrong.filter((kernel) => plainer[kernel]);
  for (const kernel of doubtful) replaceKernel(backend, kernel, plainer[kernel]);
  if (doubtful.length > 0) wrong = await wrongKernels(backend);
  for (const kernel of wrong) replaceKernel(backend, kernel);
  return wrong;
}

async function wrongKernels(backend: LabBackendName): Promise<LabKernelName[]> {
  const wrong = new Set<LabKernelName>();
  for await (const { kernel, right } of checkKernels(backend)) if (!right) wrong.add(kernel);
  return [...wrong];
}

async function check(backend: LabBackendName, one: CheckCase): Promise<KernelCheck> {
  const { kernel, what } = one;
  const expected = await outputs(one, referenceName(kernel), backend);
  let error = Infinity;
  try {
    error = difference(await outputs(one, kernel, backend), expected);
  } catch (thrown) {
    // A shader that does not compile is as wrong as one that miscounts, and the report must go on to the next.
    if (!(thrown instanceof Error)) throw thrown;
  }
  return { kernel, what, error, right: error <= TOLERANCE };
}

/** All numbers that a case's kernel gives: its outputs, or for one that works in place the inputs it changed. */
async function outputs(one: CheckCase, kernelName: string, backendName: LabBackendName): Promise<Float32Array[]> {
  const isReference = kernelName !== one.kernel;
  if (isReference) registerKernel({ kernelName, backendName, kernelFunc: composedKernels[one.kernel] });
  const inputs = one.inputs();
  const results: Tensor[] = [];
  try {
    const returned = engine().runKernel(kernelName, inputs as NamedTensorMap, one.attrs as NamedAttrMap);
    results.push(...(Array.isArray(returned) ? returned : [returned]));
    const read = one.changes ? one.changes.map((name) => inputs[name]!) : results;
    return await Promise.all(read.map(async (tensor) => Float32Array.from(await tensor.data())));
  } finally {
    for (const tensor of [...Object.values(inputs), ...results]) tensor.dispose();
    if (isReference) unregisterKernel(kernelName, backendName);
  }
}

function referenceName(kernel: LabKernelName): string {
  return `${kernel}Reference`;
}

function difference(actual: readonly Float32Array[], expected: readonly Float32Array[]): number {
  let worst = actual.length === expected.length ? 0 : Infinity;
  expected.forEach((values, output) => {
    const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    values.forEach((value, i) => {
      const gap = Math.abs((actual[output]?.[i] ?? NaN) - value) / scale;
      // Written so that NaN counts as wrong.
      if (!(gap <= worst)) worst = Number.isNaN(gap) ? Infinity : gap;
    });
  });
  return worst;
}

