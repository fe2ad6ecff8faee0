import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabPage, TINY } from '../helpers/lab-page.ts';
import { launchChromium, serveSite, type Site } from '../helpers/site.ts';

let site: Site;
let browser: Browser;
beforeAll(async () => {
  site = await serveSite();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

/** How many animations and transitions began while a person looked around. */
async function motions(reducedMotion: 'reduce' | 'no-preference'): Promise<string[]> {
  const lab = await LabPage.in(await browser.newContext({ reducedMotion, viewport: { width: 1440, height: 900 } }), site.url, { ...TINY });
  const { page } = lab;
  await lab.enabled('Train all tasks');
  await page.evaluate(() => {
    const begun: string[] = [];
    Object.assign(window, { begun });
    for (const kind of ['animationstart', 'transitionrun'] as const) {
      addEventListener(kind, (event) => begun.push(`${kind} ${(event.target as Element).className}`), { capture: true });
    }
  });
  await page.getByRole('button', { name: 'Take the tour' }).click();
  for (const name of ['Next', 'Next', 'Done']) await page.getByRole('dialog').getByRole('button', { name }).click();
  await lab.button('Reset').hover({ force: true });
  await lab.button('Train task').hover();
  await page.getByText('Advanced settings').click();
  await lab.trainToEnd();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Help' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('w');
  await page.waitForTimeout(500);
  const begun = await page.evaluate(() => (window as unknown as { begun: string[] }).begun);
  await lab.close();
  return begun;
}

describe('motion', () => {
  it('is left out for people who asked for none, the tour included', async () => {
    expect(await motions('reduce')).toEqual([]);
  });

  it('is there otherwise, so that its absence means something', async () => {
    expect((await motions('no-preference')).length).toBeGreaterThan(3);
  });
});
