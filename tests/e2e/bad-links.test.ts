import { describe, expect, it } from 'vitest';
import { useVisitors } from '../helpers/visitors.ts';

describe('a link with a parameter that cannot be', () => {
  const visitors = useVisitors();

  it.each([
    [{ lambda: -1 }, /lambda.*-1.*0/],
    [{ lr: 'fast' }, /lr.*fast/],
    [{ epochs: 2.5 }, /epochs.*2\.5.*whole number/],
    [{ method: 'magic' }, /method.*magic.*mas/],
    [{ backend: 'cuda' }, /backend.*cuda.*webgpu/],
  ])('says which and what is allowed: %j', async (params, message) => {
    const lab = await visitors.open(params);
    await lab.alert().filter({ hasText: message }).first().waitFor();
    await lab.enabled('Train all tasks');
  });

  it('says what data are missing', async () => {
    const lab = await visitors.open({ dataset: 'no-such-data' });
    await lab.alert().filter({ hasText: 'no-such-data' }).first().waitFor();
  });

  it('says when the data have too few classes', async () => {
    const lab = await visitors.open({ tasks: 30, classesPerTask: 10 });
    await lab.alert().filter({ hasText: /40/ }).first().waitFor();
    expect(await lab.button('Download all').isEnabled()).toBe(false);
  });
});
