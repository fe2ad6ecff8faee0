import { describe, expect, it } from 'vitest';
import type { LabPage } from '../helpers/lab-page.ts';
import { readSharedJson, sharedPath } from '../helpers/shared.ts';
import { useVisitors } from '../helpers/visitors.ts';

interface Expected {
  readonly result: 'ok' | 'ok-with-skips' | 'error';
  readonly stored: { readonly train?: number; readonly val?: number; readonly classes?: number };
  readonly skipped?: number;
  readonly skipped_names?: readonly string[];
  readonly message_names?: readonly string[];
  readonly also_accepted?: string;
}

const corrupt = readSharedJson<{ files: Record<string, Expected> }>('data/corrupt/expect.json').files;
const zips = Object.entries(corrupt).filter(([name]) => name.endsWith('.zip'));

/** The names of the stored datasets, as the select offers them. */
async function datasets(lab: LabPage): Promise<string[]> {
  return (await lab.select('Dataset').locator('option').allTextContents()).sort();
}

/** Imports a file and waits for what the page says about it. */
async function importOne(lab: LabPage, file: string): Promise<string> {
  const told = lab.page.getByRole('status').or(lab.alert()).filter({ hasText: file });
  await lab.importFiles([sharedPath(`data/${file.includes('/') ? file : file}`)]);
  await told.first().waitFor();
  return (await told.allInnerTexts()).join('\n');
}

describe('importing Tiny-ImageNet', () => {
  const visitors = useVisitors();

  it('stores the zip, keeps it over a reload and trains on it', async () => {
    const lab = await visitors.open({ tasks: 2, classesPerTask: 2, epochs: 1, importanceImages: 32 });
    await lab.enabled('Train all tasks');
    const before = await datasets(lab);
    await lab.importFiles([sharedPath('data/tiny-imagenet-mini.zip')]);
    await expect.poll(() => datasets(lab), { timeout: 90_000 }).toHaveLength(before.length + 1);
    await lab.says(/40 classes/);

    await lab.reload();
    await expect.poll(() => datasets(lab)).toHaveLength(before.length + 1);
    const [stored] = (await datasets(lab)).filter((name) => !before.includes(name));
    await lab.select('Dataset').selectOption({ label: stored! });
    await lab.trainToEnd();
    expect((await lab.metrics()).accuracyMatrix).toHaveLength(2);
  });

  it.each(zips)('%s: does what the expectations say, and leaves what was stored', async (name, expected) => {
    const lab = await visitors.open({ tasks: 2, classesPerTask: 2, epochs: 1 });
    await lab.enabled('Train all tasks');
    const before = await datasets(lab);
    const told = await importOne(lab, `corrupt/${name}`);
    if (expected.result === 'error') {
      for (const part of expected.message_names ?? []) expect(told).toContain(part);
      expect(await datasets(lab)).toEqual(before);
    } else {
      await expect.poll(() => datasets(lab)).toHaveLength(before.length + 1);
      for (const part of expected.skipped_names ?? []) expect(told).toContain(part);
    }
    await lab.importFiles([sharedPath('data/corrupt/good.zip')]);
    await lab.says(/good\.zip/);
  });
});
