/** The self-check as a whole: what it does in which order, what it tells meanwhile, and how it is stopped. */
import type { KernelReport, NumberCheck, SelfCheckFindings, SelfCheckProgress } from '../core/self-check-report.ts';
import type { BackendReport } from '../core/protocol.ts';
import { checkKernels, kernelCheckCount } from '../engine/self-check/kernel-check.ts';
import { checkNetwork, NETWORK_CHECKS } from '../engine/self-check/network-check.ts';
import { timeSteps } from '../engine/self-check/step-timing.ts';

export interface SelfCheckHost {
  /** Ends the check after the case that runs; what was found until then counts. */
  readonly signal: AbortSignal;
  onProgress(progress: SelfCheckProgress): void;
  /** Lets messages in. */
  breathe(): Promise<void>;
  /** Milliseconds of a steady clock. */
  now(): number;
}

/** Kernels against stock operations, the network against PyTorch, a step against stock TensorFlow.js, on the current backend. */
export async function runSelfCheck(backend: BackendReport['name'], host: SelfCheckHost): Promise<SelfCheckFindings & { readonly complete: boolean }> {
  const kernels: KernelReport[] = [];
  const numbers: NumberCheck[] = [];
  const total = kernelCheckCount() + NETWORK_CHECKS + 1;
  const goOn = async (part: SelfCheckProgress['part']): Promise<boolean> => {
    host.onProgress({ part, done: kernels.length + numbers.length, total, findings: { kernels: [...kernels], numbers: [...numbers], timing: null } });
    await host.breathe();
    return !host.signal.aborted;
  };
  const stopped = { kernels, numbers, timing: null, complete: false };
  if (!(await goOn('kernels'))) return stopped;
  for await (const check of checkKernels(backend)) {
    kernels.push(check);
    if (!(await goOn('kernels'))) return stopped;
  }
  if (!(await goOn('network'))) return stopped;
  for await (const check of checkNetwork()) {
    numbers.push(check);
    if (!(await goOn('network'))) return stopped;
  }
  const timing = await timeSteps(host.now, () => goOn('timing'));
  return { kernels, numbers, timing, complete: timing !== null };
}
