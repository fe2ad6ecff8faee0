import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

const chartOf = (region: Locator): Locator => region.locator('[aria-roledescription="chart"]').first();
/** The numbers along a chart's axis, as they are read. */
const axis = (chart: Locator, side: 'x' | 'y'): Promise<string[]> => chart.locator(`.recharts-${side}Axis-tick-labels text`).allTextContents();
const stepsOf = async (chart: Locator): Promise<number[]> => (await axis(chart, 'x')).map((text) => Number(text.replaceAll(',', '')));
const labels = (lab: LabPage): Promise<string[]> => chartOf(lab.region('Accuracy')).locator('.curve-label:visible').allTextContents();

describe('looking closely at a chart', () => {
  const visitors = useVisitors();

  it('zooms by mouse on every chart at once, and goes back', async () => {
    const lab = await visitors.open({ ...TINY, epochs: 4 });
    await lab.trainToEnd();
    const [accuracy, loss] = [chartOf(lab.region('Accuracy')), chartOf(lab.region('Loss'))];
    await accuracy.scrollIntoViewIfNeeded();
    const before = { accuracy: await stepsOf(accuracy), loss: await stepsOf(loss) };
    expect(await labels(lab)).toHaveLength(2);

    const box = (await accuracy.boundingBox())!;
    await lab.page.mouse.move(box.x + box.width * 0.2, box.y + box.height / 2);
    await lab.page.mouse.down();
    await lab.page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 4 });
    await lab.page.mouse.up();
    await expect.poll(() => stepsOf(accuracy)).not.toEqual(before.accuracy);
    await expect.poll(() => stepsOf(loss)).not.toEqual(before.loss);
    expect(await labels(lab), 'the newest points are outside').toEqual([]);

    await lab.region('Accuracy').getByRole('button', { name: 'Whole run' }).click();
    await expect.poll(() => stepsOf(accuracy)).toEqual(before.accuracy);
    expect(await labels(lab)).toHaveLength(2);
  });

  it('zooms by keyboard down to whole steps, and back', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    const accuracy = chartOf(lab.region('Accuracy'));
    const before = await stepsOf(accuracy);
    await accuracy.focus();
    for (let press = 0; press < 10; press++) await lab.page.keyboard.press('+');
    await expect.poll(async () => (await stepsOf(accuracy)).length).toBe(3);
    const steps = await stepsOf(accuracy);
    expect(steps.every(Number.isInteger), steps.join()).toBe(true);
    for (let press = 0; press < 10; press++) await lab.page.keyboard.press('-');
    await expect.poll(() => stepsOf(accuracy)).toEqual(before);
  });

  it('reads log axes in powers of ten, and hides and shows a task', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    const [accuracy, loss] = [lab.region('Accuracy'), lab.region('Loss')];
    await loss.getByRole('button', { name: 'Log scale' }).click();
    await expect.poll(() => axis(chartOf(loss), 'y')).not.toContain('0');
    for (const text of await axis(chartOf(loss), 'y')) expect(text, 'a log axis').toMatch(/^(0\.0*)?[125]0*$/);

    const curve = (task: number): Locator => chartOf(accuracy).locator(`g.curve[style*="--task-${task}"] path`).first();
    expect(await curve(1).count()).toBe(1);
    await accuracy.getByRole('button', { name: 'Hide task 1' }).click();
    await expect.poll(() => curve(1).count()).toBe(0);
    expect(await curve(2).count()).toBe(1);
    await accuracy.getByRole('button', { name: 'Show task 1' }).click();
    await expect.poll(() => curve(1).count()).toBe(1);

    await accuracy.getByRole('button', { name: 'Table' }).click();
    await accuracy.getByRole('button', { name: 'Save accuracy' }).click();
    await accuracy.getByRole('button', { name: 'Save PNG' }).click();
    await lab.page.getByRole('note').filter({ hasText: 'no chart on screen' }).waitFor();
  });

  it('brings a task forward on every chart when it is pointed at on one', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    const [forgetting, matrix] = [lab.region('Forgetting').locator('.dumbbell'), lab.region('Accuracy matrix').locator('tbody tr').last().locator('.cell')];
    const faded = async (): Promise<boolean[][]> => Promise.all([forgetting, matrix].map((rows) => rows.evaluateAll((elements) => elements.map((element) => Number(getComputedStyle(element).opacity) < 0.5))));
    expect(await faded()).toEqual([[false, false], [false, false]]);
    await lab.region('Accuracy').getByRole('button', { name: 'Hide task 2' }).hover();
    await expect.poll(faded).toEqual([[true, false], [true, false]]);
    await matrix.first().hover();
    await expect.poll(faded).toEqual([[false, true], [false, true]]);
    await lab.button('Train task').hover();
    await expect.poll(faded).toEqual([[false, false], [false, false]]);
  });

  it('marks a class’s accuracy then and now in the task’s panel', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    await lab.region('Task sequence').getByRole('button', { name: /Task 1/ }).click();
    const rows = lab.page.getByRole('dialog').locator('.dumbbells-classes .dumbbell');
    await rows.first().waitFor();
    for (const row of await rows.all()) {
      const [then, now] = (await row.innerText()).match(/[\d.]+(?=%)/g)!.map(Number) as [number, number];
      const places = await row.evaluate((element) => {
        const track = element.querySelector('.dumbbell-track')!.getBoundingClientRect();
        const place = (selector: string): number => (element.querySelector(selector)!.getBoundingClientRect().left - track.left) / track.width;
        const dot = getComputedStyle(element.querySelector('.dumbbell-now')!, '::before');
        return { ring: place('.dumbbell-ring') + 6 / track.width, dot: place('.dumbbell-now'), size: parseFloat(dot.width), color: dot.backgroundColor };
      });
      expect(places.ring).toBeCloseTo(then / 100, 1);
      expect(places.dot).toBeCloseTo(now / 100, 1);
      expect(places.size).toBeGreaterThan(5);
      expect(places.color).not.toBe('rgba(0, 0, 0, 0)');
    }
  });

  it('counts whole steps while there is nothing to train', async () => {
    const lab = await visitors.open({ dataset: 'not-here' });
    await lab.alert().first().waitFor();
    await expect.poll(() => axis(chartOf(lab.region('Accuracy')), 'x')).toEqual(['0', '1']);
  });
});
