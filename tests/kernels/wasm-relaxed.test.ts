import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LAB_KERNEL_BINARIES } from '../../src/kernels/wasm/generated/lab-kernels.ts';
import { expectClose } from '../helpers/numbers.ts';
import { type KernelRun, runKernels } from '../helpers/relaxed-run.ts';

/** Node 20 has relaxed SIMD behind this flag; later ones have it, and may not know the flag. */
const RELAXED = WebAssembly.validate(Buffer.from(LAB_KERNEL_BINARIES.relaxed, 'base64')) ? [] : ['--experimental-wasm-relaxed-simd'];
const SCRIPT = fileURLToPath(new URL('../helpers/relaxed-run.ts', import.meta.url));

it.each([1, 2])('kernels with fused multiply-adds agree with stock operations, %i threads', async (threads) => {
  const { stdout } = await promisify(execFile)(process.execPath, [...RELAXED, '--import', 'tsx', SCRIPT, String(threads)]);
  const fused = JSON.parse(stdout.trim().split('\n').at(-1)!) as KernelRun;
  expect(fused.kernels).toBe("the lab's, relaxed SIMD");
  const expected = await runKernels('cpu', 1);
  expected.values.forEach((values, i) => expectClose(fused.values[i]!, values, 3e-6));
});
