import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

const visitors = useVisitors();

/** How many animations and transitions began while a person looked around. */
async function motions(reducedMotion: 'reduce' | 'no-preference'): Promise<string[]> {
  const lab = await visitors.open(TINY, { reducedMotion });
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
