import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { checkRunFiles, TREE_OF_TWO_TASKS } from '../helpers/run-files.ts';
import { useVisitors } from '../helpers/visitors.ts';

describe('a first visit', () => {
  const visitors = useVisitors();

  it('shows the built-in tasks and one button that starts everything', async () => {
    const lab = await visitors.open();
    await lab.enabled('Train all tasks');
    await lab.says('Ready to train');
    await expect.poll(() => lab.region('Task sequence').getByText(/^Task \d$/).count()).toBe(4);
    expect(await lab.button('Download all').isEnabled()).toBe(false);
  });

  it('fits a window that was made narrower: charts stay beside the controls', async () => {
    const lab = await visitors.open();
    const edge = async (selector: string, side: 'left' | 'right'): Promise<number> =>
      lab.page.locator(selector).evaluate((element, name) => element.getBoundingClientRect()[name], side);
    await lab.region('Accuracy').locator('svg.recharts-surface').waitFor();
    for (const width of [1440, 1181, 1024, 800, 390]) {
      await lab.page.setViewportSize({ width, height: 768 });
      // Charts follow the window a frame later.
      await expect.poll(() => lab.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      const room = width > 800 ? await edge('.run', 'left') : width;
      await expect.poll(() => edge('.card-accuracy', 'right')).toBeLessThanOrEqual(room);
      await expect.poll(() => edge('.card-accuracy svg.recharts-surface', 'right')).toBeLessThanOrEqual(room);
    }
  });

  it('trains all tasks, fills the matrix and gives files that all parse', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    await expect.poll(() => lab.region('Accuracy matrix').innerText()).toMatch(/\d/);

    const files = await lab.downloadAll();
    expect([...files.keys()].sort()).toEqual(TREE_OF_TWO_TASKS);
    checkRunFiles(files);

    const { accuracyMatrix } = await lab.metrics();
    expect(accuracyMatrix.map((row) => row.length)).toEqual([2, 2]);
    // What a later task scores before it is learned (forward transfer) may stand above the diagonal.
    expect([accuracyMatrix[0]![0], accuracyMatrix[1]![0], accuracyMatrix[1]![1]]).not.toContain(null);
    for (const value of accuracyMatrix.flat()) expect(value === null || (value >= 0 && value <= 1)).toBe(true);
    expect(Number(new TextDecoder().decode(files.get('models/Task_1/performance.txt')))).toBeCloseTo(accuracyMatrix[0]![0]!, 6);
  });

  it('starts by itself where the link says so', async () => {
    const lab = await visitors.open({ ...TINY, autostart: 1 });
    await lab.says('All tasks trained');
  });
});
