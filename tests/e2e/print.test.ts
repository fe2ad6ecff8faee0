import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** A4 between margins of a centimetre, in CSS pixels. */
const PAPER = 718;

describe('a run on paper', () => {
  const visitors = useVisitors();

  it('says what it was, fits the paper, and leaves the controls away', async () => {
    const lab = await visitors.open({ ...TINY, lambda: 3, momentum: 0.5 }, { colorScheme: 'dark' });
    await lab.trainToEnd();
    const { page } = lab;
    await page.locator('.recharts-surface').first().waitFor();
    // Paper is narrower than the screen that the charts were drawn for, and they are not drawn again.
    await page.evaluate((width) => {
      document.body.style.width = `${width}px`;
    }, PAPER);
    await page.emulateMedia({ media: 'print' });

    const settings = page.locator('.print-head');
    expect(await settings.innerText()).toMatch(/Method\s+MAS[^]*Lambda\s+3[^]*Momentum\s+0\.5/);
    expect(await lab.button('Train all tasks').isVisible()).toBe(false);
    const wide = await page.locator('.charts svg:visible, .charts table:visible').evaluateAll((elements, width) =>
      elements.filter((element) => element.getBoundingClientRect().left >= 0 && element.getBoundingClientRect().right > width + 1).map((element) => element.outerHTML.slice(0, 80)), PAPER);
    expect(wide, 'beside the paper').toEqual([]);
    expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe('rgb(255, 255, 255)');
  });
});
