import { env, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import type { AdapterDetails } from '../core/self-check-report.ts';

/** Limits that the backend's and the lab's kernels profit from where the adapter offers more than the default. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize', 'maxComputeWorkgroupsPerDimension', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage',
  'maxBufferSize', 'maxComputeWorkgroupSizeX', 'maxComputeInvocationsPerWorkgroup',
] as const;

/**
 * Dispatches a submission. The backend's own fifteen cost a step of AlexNet six submissions, a third of its time on the CPU (docs/webgpu.md);
 * more than this gains little, and lets a slow GPU keep the page's compositor waiting.
 */
const DISPATCHES_A_SUBMISSION = 32;

/**
 * Registers TensorFlow.js's WebGPU backend on an adapter chosen by us, with all it offers. `navigator.gpu` must be in place:
 * the package looks for it both when it is imported and when a backend is made.
 */
export async function registerWebgpuBackend(adapter: GPUAdapter): Promise<GPUDevice> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const device = await adapter.requestDevice({
    requiredFeatures: (['timestamp-query', 'subgroups'] as const).filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', DISPATCHES_A_SUBMISSION);
  removeBackend('webgpu');
  registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  return device;
}

/** The adapter as people know it: its device, which browsers may keep to themselves or give as a number, and its driver. */
export function adapterName({ info: { vendor, architecture, device, description } }: { readonly info: GPUAdapterInfo }): string {
  const name = device.startsWith('0x') ? '' : device.replace(/^-|-$/g, '');
  if (description !== '') return name === '' || description.toLowerCase().includes(name.toLowerCase()) ? description : `${name} (${description})`;
  return [vendor, architecture, name].filter(Boolean).join(' ') || 'unnamed adapter';
}

/** Whether the adapter is a program on the CPU: far slower than wasm there. */
export function isSoftware({ info }: GPUAdapter): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

/** All that the adapter says of itself, as plain data. */
export function adapterDetails({ info, features, limits }: GPUAdapter): AdapterDetails {
  const { vendor, architecture, device, description } = info;
  // Limits are getters of a prototype, which no copy of the object has.
  const names = Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(limits))) as (keyof GPUSupportedLimits)[];
  const found = names.map((name) => [name, limits[name]] as const).filter((entry): entry is [keyof GPUSupportedLimits, number] => typeof entry[1] === 'number');
  return { vendor, architecture, device, description, features: [...features].sort(), limits: Object.fromEntries(found) };
}
