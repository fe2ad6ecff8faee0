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
    [{ lamda: 3 }, /lamda.*not a setting/],
    [{ hide: 'everything' }, /hide.*everything/],
    [{ expect: 'torn' }, /expect.*digest/],
  ])('says which and what is allowed: %j', async (params, message) => {
    const lab = await visitors.open(params);
    await lab.alert().filter({ hasText: message }).first().waitFor();
    await lab.enabled('Train all tasks');
  });

  it('leaves out what it names, for a class, its shortcuts too', async () => {
    const lab = await visitors.open({ hide: 'presets,advanced,runs,matrix,seed' });
    await lab.enabled('Train all tasks');
    expect(await lab.page.getByRole('group', { name: 'Presets' }).count()).toBe(0);
    expect(await lab.page.getByText('Advanced settings').count()).toBe(0);
    expect(await lab.region('Accuracy matrix').count()).toBe(0);
    expect(await lab.page.getByRole('textbox', { name: 'Seed' }).count()).toBe(0);
    await lab.page.keyboard.press('r');
    await lab.page.keyboard.press('?');
    await lab.page.getByRole('dialog', { name: 'Help' }).waitFor();
    expect(await lab.page.getByRole('dialog', { name: 'Runs' }).count()).toBe(0);
    expect(await lab.alert().count()).toBe(0);
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
