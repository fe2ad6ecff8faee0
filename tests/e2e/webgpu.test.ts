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
    expect((await lab.metrics()).accuracyMatrix.flat().filter((value) => value !== null)).toHaveLength(3);
  });

  it('goes on with WebAssembly, and says so, when the device is lost', async () => {
    const lab = await visitors.open({ ...TINY, epochs: 3, backend: 'webgpu' });
    await lab.trainAll();
    await lab.says(/training, epoch/);
    const session = await visitors.browser().newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await lab.says(/WebAssembly/);
    await lab.says('All tasks trained');
  });
});

describe('without WebGPU', () => {
  const visitors = useVisitors();

  it('says why and trains on WebAssembly where the link asks for WebGPU', async () => {
    const lab = await visitors.open({ ...TINY, backend: 'webgpu' });
    await lab.page.getByText('WebAssembly').first().waitFor();
    await lab.trainToEnd();
  });
});
