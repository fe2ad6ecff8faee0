import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** The perceptron: a run in a second or two. */
const SMALL = { ...TINY, model: 'mlp', epochs: 2 } as const;

async function press(lab: LabPage, name: string): Promise<void> {
  await lab.page.getByRole('button', { name, exact: true }).click();
}

function runsPanel(lab: LabPage) {
  return lab.page.getByRole('dialog', { name: 'Runs' });
}

/** The link that “Copy link” gives: settings and, after a run, a digest of its curve. */
async function copiedLink(lab: LabPage): Promise<string> {
  await lab.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await press(lab, 'Copy link');
  await lab.page.getByText('is on the clipboard').waitFor();
  return lab.page.evaluate(() => navigator.clipboard.readText());
}

/** What the open save menu gives in this format. */
async function saved(lab: LabPage, format: 'PNG' | 'SVG' | 'CSV'): Promise<{ name: string; bytes: Buffer }> {
  const download = lab.page.waitForEvent('download');
  await lab.page.locator('.menu:popover-open').getByRole('button', { name: `Save ${format}` }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

describe('runs', () => {
  const visitors = useVisitors();

  it('one click trains the same again without protection, over the curves of the first', async () => {
    const lab = await visitors.open(SMALL);
    await lab.trainToEnd();
    const story = lab.page.locator('.story');
    const alone = await story.innerText();
    await press(lab, 'Same run without MAS');
    await lab.says(/Task \d: /);
    await lab.says('All tasks trained');
    await expect.poll(() => story.innerText()).toMatch(/this run/i);
    await expect.poll(() => story.innerText()).not.toBe(alone);
    await press(lab, 'Runs');
    // Both are kept, and each can be taken off the charts again.
    await expect.poll(() => runsPanel(lab).getByRole('checkbox').count()).toBeGreaterThanOrEqual(2);
  });

  it('a sweep of λ fills in one run after another, and is saved as a table', async () => {
    const lab = await visitors.open(SMALL);
    await lab.enabled('Train all tasks');
    await press(lab, 'Runs');
    const sweep = runsPanel(lab).locator('.sweep');
    await sweep.getByRole('textbox', { name: 'Values of λ' }).fill('0, 1, 100');
    await sweep.getByRole('button', { name: 'Sweep', exact: true }).click();
    await lab.says('Run 2 of 3, λ = 1');
    await lab.says('Sweep finished.');
    // Two dots, accuracy and forgetting, for each λ.
    expect(await sweep.locator('svg circle').count()).toBe(6);
    await sweep.getByRole('button', { name: /^Save/ }).click();
    const csv = await saved(lab, 'CSV');
    expect(csv.name).toBe('sweep-lambda.csv');
    expect(csv.bytes.toString('utf8').trim().split('\r\n')).toHaveLength(4);
  });

  it('every chart is saved as picture and numbers', async () => {
    const lab = await visitors.open(SMALL);
    await lab.trainToEnd();
    const menus = lab.page.getByRole('main').getByRole('button', { name: /^Save / });
    expect(await menus.count()).toBeGreaterThanOrEqual(5);
    for (const menu of await menus.all()) {
      const title = (await menu.getAttribute('aria-label'))!;
      await menu.click();
      const png = await saved(lab, 'PNG');
      expect(png.bytes.subarray(1, 4).toString('latin1'), title).toBe('PNG');
      const { width, height } = await sharp(png.bytes).metadata();
      expect(Math.min(width, height), title).toBeGreaterThan(100);
      // Something is drawn: a flat picture has no spread.
      expect(Math.max(...(await sharp(png.bytes).stats()).channels.map(({ stdev }) => stdev)), title).toBeGreaterThan(1);
      await menu.click();
      expect((await saved(lab, 'SVG')).bytes.toString('utf8'), title).toMatch(/^(<\?xml[^>]*>\s*)?<svg[^]*<text/);
      await menu.click();
      expect((await saved(lab, 'CSV')).bytes.toString('utf8').trim().split('\r\n').length, title).toBeGreaterThan(1);
    }
  });

  it('a copied link says to whoever repeats the run whether theirs is the same', async () => {
    const lab = await visitors.open(SMALL);
    await lab.trainToEnd();
    const link = new URL(await copiedLink(lab));

    const again = await visitors.open(Object.fromEntries(link.searchParams));
    await again.page.goto(link.href);
    await again.trainToEnd();
    await again.page.getByRole('note').filter({ hasText: 'The same as in the run that this link was made from' }).waitFor();

    // Another seed under the same digest is another run.
    link.searchParams.set('seed', '5');
    const other = await visitors.open();
    await other.page.goto(link.href);
    await other.trainToEnd();
    await other.page.getByRole('note').filter({ hasText: /Differs from the run that this link was made from, from step \d+ on/ }).waitFor();
  });
});
