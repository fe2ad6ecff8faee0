import { describe, expect, it } from 'vitest';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

describe('Predict first', () => {
  const visitors = useVisitors();

  const asked = async (): Promise<LabPage> => {
    const lab = await visitors.open({ ...TINY, epochs: 2 });
    await lab.enabled('Train task');
    await lab.button('Train task').click();
    await lab.says('1 of 2 tasks trained');
    await lab.page.getByRole('button', { name: 'Predict first' }).click();
    return lab;
  };
  /** Trains the task that was predicted; what the page then says of the prediction. */
  const judged = async (lab: LabPage): Promise<string> => {
    await lab.enabled('Train task');
    await lab.button('Train task').click();
    await lab.says('All tasks trained');
    return lab.region('Accuracy').locator('.predict').innerText();
  };
  const SCORE = /Your curve was \d+ points? off on average\. You expected task 1 to end at \d+%; it ended at \d+%\. (Nothing|The) \w+/;

  it('takes the end of the curve by keyboard, and scores it afterwards with a reason', async () => {
    const lab = await asked();
    const end = lab.region('Accuracy').getByRole('slider');
    await end.first().focus();
    await lab.page.keyboard.press('Home');
    await expect.poll(() => lab.page.locator('#predict-value').innerText()).toBe('0%');
    for (let i = 0; i < 30; i++) await lab.page.keyboard.press('ArrowRight');
    await expect.poll(() => lab.page.locator('#predict-value').innerText()).toBe('30%');
    expect(await judged(lab)).toMatch(SCORE);
  });

  it('takes a curve drawn with the pointer', async () => {
    const lab = await asked();
    const plot = (await lab.region('Accuracy').locator('.recharts-cartesian-grid').boundingBox())!;
    const { mouse } = lab.page;
    await mouse.move(plot.x + plot.width * 0.55, plot.y + plot.height * 0.2);
    await mouse.down();
    await mouse.move(plot.x + plot.width * 0.75, plot.y + plot.height * 0.4, { steps: 6 });
    await mouse.move(plot.x + plot.width, plot.y + plot.height * 0.5, { steps: 6 });
    await mouse.up();
    await expect.poll(() => lab.page.locator('#predict-value').innerText()).toBe('50%');
    expect(await judged(lab)).toMatch(SCORE);
  });
});
