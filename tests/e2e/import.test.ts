import { describe, expect, it } from 'vitest';
import type { LabPage } from '../helpers/lab-page.ts';
import { readSharedJson, sharedPath } from '../helpers/shared.ts';
import { useVisitors } from '../helpers/visitors.ts';

interface Expected {
  readonly result: 'ok' | 'ok-with-skips' | 'error';
  readonly stored: { readonly train: number; readonly val: number; readonly classes: number };
  readonly skipped: number;
  readonly skipped_names?: readonly string[];
  readonly message_names?: readonly string[];
}

const corrupt = readSharedJson<{ files: Record<string, Expected> }>('data/corrupt/expect.json').files;
const zips = Object.entries(corrupt).filter(([name]) => name.endsWith('.zip'));

/** The datasets that the page offers. */
async function datasets(lab: LabPage): Promise<string[]> {
  return lab.select('Dataset').locator('option').allTextContents();
}

/** What the page says of the import that just ended well. */
async function imported(lab: LabPage): Promise<string> {
  const told = lab.page.getByRole('status').filter({ hasText: 'is ready.' });
  await told.waitFor();
  return told.innerText();
}

async function dismissReport(lab: LabPage): Promise<void> {
  await lab.page.getByRole('region', { name: 'Imported' }).getByRole('button', { name: 'Dismiss' }).click();
}

/** The control: it must go in whatever came before it. */
async function importGood(lab: LabPage): Promise<void> {
  await lab.importFiles([sharedPath('data/corrupt/good.zip')]);
  expect(await imported(lab)).toContain('3 classes, 12 training and 6 test images');
  await dismissReport(lab);
}

describe('importing Tiny-ImageNet', () => {
  const visitors = useVisitors();

  it('stores the zip, keeps it over a reload and trains on it', async () => {
    const lab = await visitors.open({ tasks: 2, classesPerTask: 2, epochs: 1, importanceImages: 32 });
    await lab.enabled('Train all tasks');
    const before = await datasets(lab);
    await lab.importFiles([sharedPath('data/tiny-imagenet-mini.zip')]);
    expect(await imported(lab)).toMatch(/40 classes, 2,400 training and 400 test images/);
    expect(await datasets(lab)).toHaveLength(before.length + 1);

    await lab.reload();
    await lab.enabled('Train all tasks');
    expect(await datasets(lab)).toHaveLength(before.length + 1);
    const stored = (await datasets(lab)).find((name) => !before.includes(name));
    await lab.select('Dataset').selectOption({ label: stored! });
    // Its tasks are of its classes: 2 × 60 training images each.
    await lab.trainToEnd();
    const { accuracyMatrix } = await lab.metrics();
    expect([accuracyMatrix[0]![0], accuracyMatrix[1]![0], accuracyMatrix[1]![1]]).not.toContain(null);
  });

  it.each(zips.filter(([, { result }]) => result === 'error'))('refuses %s by name, and leaves what was stored', async (name, expected) => {
    const lab = await visitors.open({ tasks: 2, classesPerTask: 2, epochs: 1 });
    await lab.enabled('Train all tasks');
    await importGood(lab);
    const before = await datasets(lab);

    await lab.importFiles([sharedPath(`data/corrupt/${name}`)]);
    const alert = lab.alert().filter({ hasText: name });
    await alert.waitFor();
    for (const part of expected.message_names ?? []) expect(await alert.innerText()).toContain(part);
    expect(await datasets(lab)).toEqual(before);
    await importGood(lab);
  });

  it.each(zips.filter(([, { result }]) => result !== 'error'))('stores what is good in %s, and names the rest', async (name, expected) => {
    const lab = await visitors.open({ tasks: 2, classesPerTask: 2, epochs: 1 });
    await lab.enabled('Train all tasks');
    await lab.importFiles([sharedPath(`data/corrupt/${name}`)]);
    const { train, val, classes } = expected.stored;
    expect(await imported(lab)).toContain(`${classes} classes, ${train} training and ${val} test images`);
    const skips = lab.page.getByRole('button', { name: /skipped: show which/ });
    expect(await skips.count()).toBe(expected.skipped > 0 ? 1 : 0);
    if (expected.skipped > 0) {
      expect(await skips.innerText()).toMatch(new RegExp(`^${expected.skipped} `));
      await skips.click();
      const report = await lab.page.getByRole('region', { name: 'Imported' }).innerText();
      for (const skipped of expected.skipped_names ?? []) expect(report).toContain(skipped);
    }
    await dismissReport(lab);
    await importGood(lab);
  });
});
