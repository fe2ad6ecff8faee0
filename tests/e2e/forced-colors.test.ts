import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

const visitors = useVisitors();

describe('under colours that the system enforces', () => {
  it('still tells tasks apart, shows sliders, and marks what is chosen', async () => {
    const lab = await visitors.open(TINY, { forcedColors: 'active' });
    await lab.trainToEnd();
    const background = (selector: string, at = 0): Promise<string> => lab.page.locator(selector).nth(at).evaluate((element) => getComputedStyle(element).backgroundColor);
    const page = await background('body');
    expect(await background('.legend .swatch', 0)).not.toBe(await background('.legend .swatch', 1));
    for (const part of ['.slider-track', '.slider-track i', '.matrix .cell:not([data-empty])', '.card-loss [aria-pressed="true"]']) {
      expect(await background(part), part).not.toBe(page);
    }
    expect(await background('.card-loss [aria-pressed="true"]')).not.toBe(await background('.card-loss [aria-pressed="false"]'));
  });
});
