import { expect, it } from 'vitest';
import { adapterDetails, adapterName } from '../../src/platform/webgpu-backend.ts';
import { useBackend } from '../helpers/backends.ts';

it('an adapter’s details are plain data with its name, features and limits', async () => {
  await useBackend('webgpu');
  const adapter = (await navigator.gpu.requestAdapter())!;
  const details = adapterDetails(adapter);
  expect(structuredClone(details)).toEqual(details);
  expect(adapterName(adapter)).toContain(details.description);
  expect(details.features).toEqual([...adapter.features].sort());
  expect(details.limits['maxStorageBufferBindingSize']).toBe(adapter.limits.maxStorageBufferBindingSize);
});

it.each([
  ['nvidia-h100-80gb-hbm3 (NVIDIA: 580.159.04)', { vendor: 'nvidia', architecture: 'hopper', device: 'nvidia-h100-80gb-hbm3', description: 'NVIDIA: 580.159.04' }],
  ['D3D12 driver version 31.0', { vendor: 'nvidia', architecture: 'ampere', device: '0x2206', description: 'D3D12 driver version 31.0' }],
  ['Apple M2 Pro', { vendor: 'apple', architecture: 'metal-3', device: 'apple m2', description: 'Apple M2 Pro' }],
  ['nvidia ampere', { vendor: 'nvidia', architecture: 'ampere', device: '', description: '' }],
  ['unnamed adapter', { vendor: '', architecture: '', device: '', description: '' }],
])('is called “%s”', (name, known) => {
  expect(adapterName({ info: known as GPUAdapterInfo })).toBe(name);
});
