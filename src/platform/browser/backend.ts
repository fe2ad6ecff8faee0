/** Chooses and starts the backend that computes in this browser, and says why. */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend, ready, setBackend } from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../../core/config.ts';
import { LabError } from '../../core/errors.ts';
import type { BackendReport } from '../../core/protocol.ts';
import type { AdapterDetails } from '../../core/self-check-report.ts';
import { registerLabKernels } from '../../kernels/register.ts';
import { checkAndReplace } from '../../kernels/self-check.ts';
import { openTileTuning, type TileTuning } from '../tile-tuning.ts';
import { adapterDetails, adapterName, isSoftware, registerWebgpuBackend } from '../webgpu-backend.ts';
import { startWasm } from './wasm-backend.ts';

export interface StartedBackend {
  readonly report: BackendReport;
  /** Null but for WebGPU. */
  readonly details: AdapterDetails | null;
  /** Null where tiles are not measured: off WebGPU, and on a software adapter that nobody asked it of. */
  readonly tuning: TileTuning | null;
  /** Resolves with the reason if the device is lost; never for wasm. */
  readonly lost: Promise<string>;
}

/**
 * WebGPU on a hardware adapter, else wasm; a software adapter only when 'webgpu' is asked for.
 * @param tuneSoftware whether tiles are measured on a software adapter too
 * @throws LabError 'backend-missing' where not even wasm starts, or 'webgpu' was asked for and there is no adapter
 */
export async function startBackend(choice: BackendChoice, hardwareConcurrency: number, tuneSoftware: boolean): Promise<StartedBackend> {
  switch (choice) {
    case 'webgpu': {
      const adapter = await requestAdapter();
      if (!adapter) {
        throw new LabError('backend-missing', 'This browser offers no WebGPU adapter.', 'Use the wasm backend, or a browser and graphics driver with WebGPU.');
      }
      return startWebgpu(adapter, isSoftware(adapter) ? 'WebGPU as asked, though its adapter is a program on the CPU: wasm is faster.' : 'WebGPU, as asked.', tuneSoftware);
    }
    case 'wasm':
      return startWasm('WebAssembly, as asked.', hardwareConcurrency);
    case 'cpu':
      return startCpu();
    case 'auto':
      return startBest(hardwareConcurrency);
  }
}

async function startBest(hardwareConcurrency: number): Promise<StartedBackend> {
  const adapter = await requestAdapter();
  if (!adapter) return startWasm('WebAssembly, for this browser offers no WebGPU adapter.', hardwareConcurrency);
  if (isSoftware(adapter)) {
    return startWasm(`WebAssembly, for the only WebGPU adapter (${adapterName(adapter)}) is a program on the CPU and slower.`, hardwareConcurrency);
  }
  try {
    return await startWebgpu(adapter, 'WebGPU on the graphics card.', false);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return startWasm(`WebAssembly, for WebGPU did not start on ${adapterName(adapter)}: ${reason}`, hardwareConcurrency);
  }
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  return (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? null;
}

async function startWebgpu(adapter: GPUAdapter, reason: string, tuneSoftware: boolean): Promise<StartedBackend> {
  const device = await registerWebgpuBackend(adapter);
  const [{ webgpuKernels, webgpuKernelsFor }, { releaseWebgpuKernelCaches }] = await Promise.all([
    import('../../kernels/webgpu/kernels.ts'),
    import('../../kernels/webgpu/device-cache.ts'),
  ]);
  if (!(await setBackend('webgpu'))) throw new LabError('backend-missing', 'The WebGPU backend did not start.', 'Use the wasm backend.');
  await ready();
  registerLabKernels('webgpu', webgpuKernelsFor(device));
  const replaced = await checkAndReplace('webgpu', webgpuKernels);
  return {
    report: { name: 'webgpu', reason, adapter: adapterName(adapter), threads: 1, kernels: 'wgsl', replaced },
    details: adapterDetails(adapter),
    // After the self-check, whose small products need no measurement.
    tuning: await openTileTuning(adapter, backend() as WebGPUBackend, tuneSoftware),
    lost: device.lost.then(({ message, reason: why }) => {
      // Pipelines and buffers of a device that is gone keep its memory from being freed.
      releaseWebgpuKernelCaches();
      return message || why;
    }),
  };
}

async function startCpu(): Promise<StartedBackend> {
  await import('@tensorflow/tfjs-backend-cpu');
  await setBackend('cpu');
  registerLabKernels('cpu');
  return {
    report: { name: 'cpu', reason: 'Plain JavaScript, as asked: for comparison, it is slow.', adapter: null, threads: 1, kernels: 'composed', replaced: [] },
    details: null,
    tuning: null,
    lost: new Promise(() => undefined),
  };
}
