import type { KernelReport } from '../../core/self-check-report.ts';
import type { LabBackendName } from '../../kernels/register.ts';
import { checkKernels as runCases } from '../../kernels/self-check.ts';

/** Every kernel's cases on the current backend. A kernel replaced at start-up is checked as what replaced it. */
export function checkKernels(backend: LabBackendName): Promise<KernelReport[]> {
  return runCases(backend);
}
