import { describe, expect, it } from 'vitest';
import { violations } from '../helpers/axe.ts';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** The machine may be busy. */
const PATIENT = { timeout: 30_000 };

/** A button by its name. */
const press = (lab: LabPage, name: string | RegExp) => lab.page.getByRole('button', { name, exact: true }).first().click();

describe.each(['light', 'dark'] as const)('one weight, step by step, %s', (scheme) => {
  const visitors = useVisitors();

  it('shows the numbers of each step, and the terms by keyboard', async () => {
    const lab = await visitors.open({ ...TINY, playground: 1, lambda: 3 }, { colorScheme: scheme });
    await lab.enabled('Train task');
    await press(lab, 'One task');
    await lab.says('1 of 2 tasks trained');
    await press(lab, 'One step');
    await lab.says(/^Paused/);
    const card = lab.page.getByRole('region', { name: 'One weight, step by step' });
    await card.getByText(/^Step \d+\.$/).waitFor();
    expect(await card.getByText('The penalty took back').count()).toBe(1);
    const before = await card.getByText(/^Step \d+\.$/).innerText();
    await press(lab, 'One step');
    await expect.poll(() => card.getByText(/^Step \d+\.$/).innerText(), PATIENT).not.toBe(before);

    await card.getByRole('button', { name: 'Ω (Importance)', exact: true }).first().focus();
    await lab.page.getByRole('tooltip').filter({ hasText: 'Aljundi' }).first().waitFor();
    expect(await violations(lab)).toEqual([]);

    await card.getByRole('combobox', { name: 'Layer' }).selectOption('classifier.1.weight');
    const position = card.getByRole('textbox', { name: 'Position' });
    await expect.poll(() => position.inputValue(), PATIENT).toBe('0, 0');
    await position.fill('3, 5');
    await lab.page.keyboard.press('Enter');
    await press(lab, 'One step');
    await card.getByText(/^Step \d+\.$/).waitFor();
    expect(await position.inputValue()).toBe('3, 5');
    await position.fill('9999999, 0');
    await card.getByText(/Give a position inside/).waitFor();
  });
});

describe.each(['light', 'dark'] as const)('after a run, %s', (scheme) => {
  const visitors = useVisitors();

  it('opens images, cells, importances, saves, tables and the tree of branches, all without a violation', async () => {
    const lab = await visitors.open(TINY, { colorScheme: scheme });
    await lab.trainToEnd();
    const importance = lab.region('Importance');
    for (const view of ['Drift', 'Overlap', 'Layers']) {
      await importance.getByRole('button', { name: view, exact: true }).click();
      expect(await violations(lab), view).toEqual([]);
    }
    await lab.page.getByRole('button', { name: 'Save importance: layers' }).click();
    expect(await violations(lab), 'save menu').toEqual([]);
    await lab.page.keyboard.press('Escape');
    await lab.region('Accuracy').getByRole('button', { name: 'Table' }).click();
    await lab.region('Loss').getByRole('button', { name: 'Table' }).click();
    await press(lab, 'Predict first');
    expect(await violations(lab), 'tables').toEqual([]);

    await lab.region('Task sequence').getByRole('button').first().click();
    await lab.page.getByText('Which class took over').waitFor();
    await lab.page.locator('.sample').first().click();
    await lab.page.getByRole('columnheader', { name: 'After task 2' }).waitFor();
    const cell = lab.page.locator('.confusion .cell:not(:disabled)').first();
    const count = Number(await cell.innerText());
    await cell.click();
    await expect.poll(() => lab.page.locator('section', { has: lab.page.locator('.confusion') }).locator('.sample').count(), PATIENT).toBe(count);
    expect(await violations(lab), 'task panel').toEqual([]);

    await press(lab, 'Rewind to the end of task 1');
    await lab.says('1 of 2 tasks trained');
    expect(await violations(lab), 'rewound').toEqual([]);
    await lab.trainToEnd();
    await press(lab, 'Runs');
    await lab.page.getByRole('img', { name: /branched from/ }).waitFor();
    expect(await violations(lab), 'runs').toEqual([]);
    await lab.page.keyboard.press('Escape');
    await press(lab, 'Help');
    expect(await violations(lab), 'help').toEqual([]);
  });

  it('fits a phone, with charts and run controls in reach', async () => {
    const lab = await visitors.open(TINY, { colorScheme: scheme });
    await lab.page.setViewportSize({ width: 390, height: 844 });
    await lab.trainToEnd();
    expect(await lab.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await lab.page.getByRole('button', { name: 'Playground' }).click();
    for (const view of ['Drift', 'Overlap', 'Layers']) {
      await lab.region('Importance').getByRole('button', { name: view, exact: true }).click();
      expect(await lab.page.evaluate(() => document.documentElement.scrollWidth), view).toBeLessThanOrEqual(390);
    }
    expect(await violations(lab)).toEqual([]);
  });
});
