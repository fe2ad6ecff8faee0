import { expect, it } from 'vitest';
import { adapterDetails, adapterName } from '../../src/platform/webgpu-backend.ts';
import { useBackend } from '../helpers/backends.ts';

it('an adapter’s details are plain data with its name, features and limits', async () => {
  await useBackend('webgpu');
  const adapter = (await navigator.gpu.requestAdapter())!;
  const details = adapterDetails(adapter);
  expect(structuredClone(details)).toEqual(details);
  expect(Object.values(details).join(' ')).toContain(adapterName(adapter).split(' ')[0]);
  expect(details.features).toEqual([...adapter.features].sort());
  expect(details.limits['maxStorageBufferBindingSize']).toBe(adapter.limits.maxStorageBufferBindingSize);
});
