import type { KernelReport } from '../../core/self-check-report.ts';
import type { LabBackendName } from '../../kernels/register.ts';
import { checkKernels as runCases, kernelCaseCount } from '../../kernels/self-check.ts';

/** Every kernel's cases on the current backend, one after another. A kernel replaced at start-up is checked as what replaced it. */
export function checkKernels(backend: LabBackendName): AsyncGenerator<KernelReport, void> {
  return runCases(backend);
}

/** How many {@link checkKernels} gives. */
export function kernelCheckCount(): number {
  return kernelCaseCount();
}
