import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { LabPage } from '../helpers/lab-page.ts';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** The machine may be busy. */
const PATIENT = { timeout: 30_000 };

/** What "Save" of the confusion matrix gives in a format. */
async function saved(lab: LabPage, format: 'SVG' | 'CSV'): Promise<{ name: string; text: string }> {
  const panel = lab.page.getByRole('dialog');
  await panel.getByRole('button', { name: /^Save confusion/i }).click();
  const download = lab.page.waitForEvent('download');
  await panel.getByRole('button', { name: `Save ${format}`, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** The table's cells by their names: "A taken for B: 3". */
function cells(lab: LabPage): Promise<{ name: string; count: number }[]> {
  return lab.page.locator('.confusion .cell').evaluateAll((buttons) => buttons.map((button) => ({ name: button.getAttribute('aria-label') ?? '', count: Number(button.textContent) })));
}

describe('the confusion matrix of a task', () => {
  const visitors = useVisitors();

  it('counts every test image once, opens a cell’s images, and is saved as what it shows', async () => {
    const lab = await visitors.open(TINY);
    await lab.trainToEnd();
    await lab.region('Task sequence').getByRole('button', { name: /Task 1/ }).click();
    const section = lab.page.locator('section', { has: lab.page.locator('.confusion') });
    await section.locator('.cell').first().waitFor();
    const classes = await section.locator('tbody th').allInnerTexts();
    expect(classes).toHaveLength(TINY.classesPerTask);

    for (const moment of ['then', 'now'] as const) {
      await section.getByRole('button', { name: moment === 'then' ? 'Then' : 'Now', exact: true }).click();
      const shown = await cells(lab);
      expect(shown).toHaveLength(classes.length ** 2);
      const total = shown.reduce((sum, { count }) => sum + count, 0);
      expect(total).toBeGreaterThan(0);

      // Each cell that holds images opens exactly those, and each says what it is and what it was taken for.
      for (const [index, { count }] of shown.entries()) {
        if (count === 0) continue;
        const [label, said] = [Math.floor(index / classes.length), index % classes.length];
        await section.locator('.cell').nth(index).click();
        await expect.poll(() => section.locator('.sample').count(), PATIENT).toBe(count);
        const names = await section.locator('.sample img').evaluateAll((images) => images.map((image) => (image as HTMLImageElement).alt));
        expect(new Set(names)).toEqual(new Set([classes[label]]));
        await expect.poll(() => section.locator('.sample img').evaluateAll((images) => images.every((image) => (image as HTMLImageElement).naturalWidth > 0)), PATIENT).toBe(true);
        expect(await section.getByRole('status').innerText()).toContain(classes[said]);
        await section.locator('.cell').nth(index).click();
        expect(await section.locator('.sample').count()).toBe(0);
      }

      const csv = await saved(lab, 'CSV');
      expect(csv.name).toBe(`confusion-task-1-${moment}.csv`);
      const rows = csv.text.trim().split('\r\n').slice(1).map((row) => row.split(','));
      expect(rows.map((row) => Number(row[2]))).toEqual(shown.map(({ count }) => count));

      const svg = await saved(lab, 'SVG');
      expect(svg.name).toBe(`confusion-task-1-${moment}.svg`);
      const written = [...svg.text.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
      for (const name of classes) expect(written).toContain(name);
      const counted = written.filter((text) => /^\d+$/.test(text)).map(Number);
      expect(counted.toSorted((a, b) => a - b)).toEqual(shown.map(({ count }) => count).filter((count) => count > 0).toSorted((a, b) => a - b));
    }
  });
});
