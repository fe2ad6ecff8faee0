import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

const visitors = useVisitors();

const DEVICES = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'tablet', width: 768, height: 1024 },
] as const;

/** How far the page can be scrolled sideways. */
const overhang = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe.each(DEVICES)('on a $name', ({ width, height }) => {
  it('trains by finger: large targets, λ right below the curve, nothing beside the screen', async () => {
    const lab = await visitors.open(TINY, { viewport: { width, height }, hasTouch: true, isMobile: true });
    await lab.enabled('Train all tasks');
    for (const name of ['Train all tasks', 'Train task', 'Pause', 'Step', 'Stop', 'Reset', 'Download all'] as const) {
      const box = (await lab.button(name).boundingBox())!;
      expect(Math.min(box.width, box.height), name).toBeGreaterThanOrEqual(40);
    }
    for (const name of ['Lambda', 'Epochs per task', 'Learning rate'] as const) expect((await lab.slider(name).boundingBox())!.height, name).toBeGreaterThanOrEqual(40);
    await lab.button('Train all tasks').tap();
    await lab.says('All tasks trained');

    const accuracy = (await lab.region('Accuracy').boundingBox())!;
    const lambda = (await lab.slider('Lambda').boundingBox())!;
    expect(lambda.y).toBeGreaterThan(accuracy.y + accuracy.height);
    expect(lambda.y - accuracy.y - accuracy.height).toBeLessThan(height / 4);
    expect((await lab.region('Accuracy matrix').boundingBox())!.y).toBeGreaterThan(lambda.y);

    for (const name of ['Accuracy matrix', 'Forgetting'] as const) {
      const title = (await lab.region(name).getByRole('heading', { name }).boundingBox())!;
      const save = (await lab.region(name).getByRole('button', { name: `Save ${name.toLowerCase()}` }).boundingBox())!;
      expect(Math.abs(save.y - title.y), `${name}: saving stands beside the title`).toBeLessThan(20);
    }
    expect(await overhang(lab.page)).toBe(0);
    for (const name of ['Runs', 'Compare', 'Data', 'Help']) {
      await lab.page.getByRole('navigation').getByRole('button', { name }).tap();
      const drawer = lab.page.getByRole('dialog');
      await drawer.waitFor();
      expect(await drawer.evaluate((element) => element.scrollWidth - element.clientWidth), name).toBe(0);
      await drawer.getByRole('button', { name: 'Close' }).tap();
      await drawer.waitFor({ state: 'hidden' });
    }
  });
});
