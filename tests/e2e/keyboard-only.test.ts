import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** More stops than the page has, so that a search goes round once. */
const STOPS = 150;

/** Presses Tab until this has the focus. */
async function tabTo(lab: LabPage, target: Locator): Promise<void> {
  for (let stop = 0; stop < STOPS; stop++) {
    await lab.page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab never reaches ${String(target)}`);
}

describe('a first visit by keyboard alone', () => {
  const visitors = useVisitors();

  it('trains, reads a chart, looks at a task, and takes the files home', async () => {
    const lab = await visitors.open(TINY);
    const { keyboard } = lab.page;
    await lab.enabled('Train all tasks');
    await tabTo(lab, lab.button('Train all tasks'));
    await keyboard.press('Enter');
    await lab.says('All tasks trained');

    const chart = lab.region('Accuracy').locator('[aria-roledescription="chart"]');
    await tabTo(lab, chart);
    const said = (): Promise<string> => chart.locator('[aria-live="polite"]').innerText();
    await keyboard.press('ArrowLeft');
    await expect.poll(said).toMatch(/^Step \d[\d,]*: Task 1 [\d.]+%, Task 2 [\d.]+%$/);
    const last = await said();
    await keyboard.press('ArrowLeft');
    await expect.poll(said).not.toBe(last);
    expect(await said()).toMatch(/^Step \d+: Task 1 [\d.]+%/);
    await keyboard.press('Escape');
    await expect.poll(said).toBe('');

    const task = lab.region('Task sequence').getByRole('button', { name: /Task 2/ });
    await tabTo(lab, task);
    await keyboard.press('Enter');
    const panel = lab.page.getByRole('dialog');
    await panel.getByText('Confusion matrix', { exact: true }).waitFor();
    await keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
    expect(await task.evaluate((element) => element === document.activeElement), 'the focus is where it was').toBe(true);

    await tabTo(lab, lab.button('Download all'));
    const download = lab.page.waitForEvent('download');
    await keyboard.press('Enter');
    expect((await download).suggestedFilename()).toMatch(/\.zip$/);

    await keyboard.press('?');
    await panel.getByRole('heading', { name: 'Shortcuts' }).waitFor();
    expect(await panel.locator('kbd').allInnerTexts()).toEqual(expect.arrayContaining(['T', 'N', 'P', 'S', '?']));
    await keyboard.press('Escape');
    await panel.waitFor({ state: 'hidden' });
  });

  it('stops only at what can be used, and shows where it is', async () => {
    const lab = await visitors.open({ ...TINY, playground: 1 });
    await lab.trainToEnd();
    const wrong: string[] = [];
    let stops = 0;
    // From the button that was clicked to the page's end, and from its start round to the end once more.
    let ends = 0;
    for (; stops < 2 * STOPS && ends < 2; stops++) {
      await lab.page.keyboard.press('Tab');
      const at = await lab.page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        // A slider's own input is transparent: its thumb shows the focus.
        const rings = [element, ...(element.matches('.slider input') ? [element.nextElementSibling!] : [])].map((part) => getComputedStyle(part));
        const visible = rings.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2);
        const usable = element instanceof HTMLElement;
        return visible && usable ? '' : element.outerHTML.slice(0, 120);
      });
      if (at === null) ends++;
      else if (at !== '') wrong.push(at);
    }
    expect(wrong).toEqual([]);
    expect(ends, 'no stop keeps the focus').toBe(2);
    expect(stops).toBeGreaterThan(60);
  });

  it('does what the list of shortcuts says', async () => {
    const lab = await visitors.open(TINY);
    await lab.enabled('Train task');
    await lab.page.keyboard.press('n');
    await lab.says('1 of 2 tasks trained');
    await lab.page.keyboard.press('t');
    await lab.says('All tasks trained');
    await lab.page.keyboard.press('r');
    await lab.page.getByRole('dialog', { name: 'Runs' }).waitFor();
  });
});
