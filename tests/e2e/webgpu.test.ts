import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

describe('WebGPU on a software adapter', () => {
  const visitors = useVisitors({ softwareWebgpu: true });

  it('is used only on request', async () => {
    const lab = await visitors.open(TINY);
    await lab.enabled('Train all tasks');
    await lab.page.getByText('WebAssembly').first().waitFor();
  });

  it('trains there where the link asks for it', async () => {
    const lab = await visitors.open({ ...TINY, model: 'small-conv', batch: 16, backend: 'webgpu' });
    await lab.enabled('Train all tasks');
    await lab.page.getByText('WebGPU').first().waitFor();
    await lab.trainToEnd();
    const { accuracyMatrix } = await lab.metrics();
    expect([accuracyMatrix[0]![0], accuracyMatrix[1]![0], accuracyMatrix[1]![1]]).not.toContain(null);
  });

  it('measures tiles where the link asks for it, says so, and knows them after a reload', async () => {
    const lab = await visitors.open({ ...TINY, model: 'small-conv', batch: 16, backend: 'webgpu', tune: 1 });
    const measured = async (): Promise<void> => {
      await lab.page.getByRole('button', { name: /WebGPU/ }).first().click();
      await lab.page.getByText(/^(one product|\d+ products) measured on this device, \d+ faster/).waitFor();
    };
    await lab.enabled('Train all tasks');
    await lab.trainAll();
    await measured();
    // Measuring follows a step: here none was taken.
    await lab.reload();
    await measured();
  });

  it('goes on with WebAssembly, and says so, when the device is lost', async () => {
    const lab = await visitors.open({ ...TINY, model: 'small-conv', batch: 16, epochs: 3, backend: 'webgpu' });
    await lab.trainAll();
    await lab.says(/training, epoch/);
    const session = await visitors.browser().newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await lab.page.getByRole('note').filter({ hasText: /device was lost.*WebAssembly has taken over/ }).waitFor();
    await lab.says('All tasks trained');
  });
});

describe('without WebGPU', () => {
  const visitors = useVisitors();

  it('says why and trains on WebAssembly where the link asks for WebGPU', async () => {
    const lab = await visitors.open({ ...TINY, backend: 'webgpu' });
    await lab.page.getByRole('note').filter({ hasText: /WebGPU.*WebAssembly has taken over/ }).waitFor();
    await lab.trainToEnd();
  });
});
