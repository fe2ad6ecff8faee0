import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryLocks } from '../../src/data/locks.ts';
import { exportShards } from '../../src/session/shard-export.ts';
import { bytesSource, memoryBlobs } from '../data/memory-store.ts';
import { serveFiles, type FileServer } from '../data/misbehaving-server.ts';
import { writeLargeZip } from '../helpers/large-zip.ts';
import type { LabPage } from '../helpers/lab-page.ts';
import { readShared, sharedPath } from '../helpers/shared.ts';
import { useVisitors } from '../helpers/visitors.ts';

const visitors = useVisitors();
const QUICK = { epochs: 1, importanceImages: 16, evalCap: 20 };

async function openData(lab: LabPage): Promise<void> {
  await lab.page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Data' }).click();
}

async function importMini(lab: LabPage): Promise<void> {
  await lab.enabled('Train all tasks');
  await lab.importFiles([sharedPath('data/tiny-imagenet-mini.zip')]);
  await lab.says(/is ready/);
}

describe('a long import', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mas-lab-e2e-'));
  const zip = join(folder, 'tiny-imagenet-long.zip');
  let images = 0;
  beforeAll(async () => {
    images = await writeLargeZip(zip, 12);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is paused, and goes on after a reload from where it was', async () => {
    const lab = await visitors.open({});
    const { page } = lab;
    await lab.enabled('Train all tasks');
    await lab.importFiles([zip]);
    await page.getByRole('button', { name: 'Pause import' }).click();
    const importing = page.getByRole('region', { name: 'Import', exact: true });
    await importing.getByText(/paused/).waitFor();
    await importing.getByText(/^Room for .* more in this browser/).waitFor();
    const status = (): Promise<string> => importing.getByRole('status').innerText();
    // The batch at hand is finished; then nothing moves.
    await page.waitForTimeout(1500);
    const held = await status();
    await page.waitForTimeout(1500);
    expect(await status()).toBe(held);
    expect(held).toContain('paused');
    // It goes on until parts have been written, and is held again.
    await page.getByRole('button', { name: 'Resume import' }).click();
    await importing.getByText(/(\d\d,\d{3}|[5-9],\d{3}) of [\d,]+ images/).waitFor();
    await page.getByRole('button', { name: 'Pause import' }).click();
    await importing.getByText(/paused/).waitFor();

    await lab.reload();
    const offer = page.getByRole('region', { name: 'Unfinished import' });
    await offer.waitFor();
    expect(await offer.innerText()).toContain('The import of tiny-imagenet-long.zip was interrupted.');
    const kept = Number(/^([\d,]+) images of it are here/m.exec(await offer.innerText())![1]!.replaceAll(',', ''));
    expect(kept).toBeGreaterThan(1000);
    const chooser = page.waitForEvent('filechooser');
    await offer.getByRole('button', { name: 'Choose the file again' }).click();
    await (await chooser).setFiles([zip]);
    await lab.says(/is ready/);
    await page.getByText(`Went on from an interrupted import: ${kept} images were there already.`).waitFor();
    await lab.says(new RegExp(`40 classes, ${(images * 6 / 7).toLocaleString('en')} training and ${(images / 7).toLocaleString('en')} test images`));
    expect(await offer.count()).toBe(0);
  });

  it('is discarded on request, and leaves no offer', async () => {
    const lab = await visitors.open({});
    const { page } = lab;
    await lab.enabled('Train all tasks');
    await lab.importFiles([zip]);
    await page.getByRole('button', { name: 'Pause import' }).click();
    await page.getByRole('region', { name: 'Import', exact: true }).getByText(/paused/).waitFor();
    await lab.reload();
    const offer = page.getByRole('region', { name: 'Unfinished import' });
    await offer.getByRole('button', { name: 'Discard' }).click();
    await offer.getByRole('group', { name: 'Discard what has arrived?' }).getByRole('button', { name: 'Discard' }).click();
    await offer.waitFor({ state: 'detached' });
    await lab.reload();
    await lab.enabled('Train all tasks');
    expect(await offer.count()).toBe(0);
  });
});

it('a Parquet address gives only the classes that are asked for', async () => {
  const names = ['tiny-imagenet-mini-train.parquet', 'tiny-imagenet-mini-valid.parquet'];
  const server = await serveFiles(new Map(names.map((name) => [name, new Uint8Array(readShared(`data/${name}`))])));
  try {
    const lab = await visitors.open(QUICK);
    await lab.enabled('Train all tasks');
    await openData(lab);
    await lab.page.getByRole('textbox', { name: 'From an address' }).fill(names.map((name) => `${server.url}/good/${name}`).join(','));
    await lab.page.getByRole('textbox', { name: 'Only classes' }).fill('4');
    await lab.page.getByRole('button', { name: 'Import', exact: true }).click();
    await lab.says(/is ready/);
    await lab.page.getByText('4 classes, 240 training and 40 test images').first().waitFor();
    expect(server.log.bytesSent).toBeLessThan(names.reduce((sum, name) => sum + readShared(`data/${name}`).length, 0) / 2);
    expect(lab.faults).toEqual([]);
  } finally {
    await server.close();
  }
});

describe('shards from a static server', () => {
  const files = new Map<string, Uint8Array>();
  let server: FileServer;
  /** Opens for the shards of the third and fourth task. */
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));

  beforeAll(async () => {
    const zip = bytesSource('tiny-imagenet-mini.zip', readShared('data/tiny-imagenet-mini.zip'));
    await exportShards([{ path: zip.name, source: zip }], memoryBlobs(), memoryLocks(), {
      split: { tasks: 4, classesPerTask: 3, seed: 5, split: 'random', manualTasks: null },
      write: async (file, bytes) => void files.set(file, bytes),
    });
    server = await serveFiles(files, (file) => (/^task-[34]/.test(file) ? opened : Promise.resolve()));
  });
  afterAll(() => server?.close());

  it('train the first task while the later ones have not arrived, in the tasks they were written in', async () => {
    const lab = await visitors.open(QUICK);
    const { page } = lab;
    await lab.enabled('Train all tasks');
    await openData(lab);
    await page.getByRole('textbox', { name: 'From an address' }).fill(`${server.url}/good/`);
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('The first task has arrived').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    const manifest = JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) as { tasks: { classes: { id: string }[] }[] };
    expect(new URL(page.url()).searchParams.get('classes')).toBe(manifest.tasks.map((task) => task.classes.map(({ id }) => id).join(',')).join('/'));

    await lab.trainAll();
    await lab.region('Task sequence').getByText('Learned').first().waitFor();
    // Half of the stream is still held back by the server.
    const sent = server.log.bytesSent / [...files.values()].reduce((sum, { length }) => sum + length, 0);
    expect(sent).toBeLessThan(0.6);
    expect(await page.getByRole('region', { name: 'Import', exact: true }).count()).toBe(1);
    open();
    await lab.says('All tasks trained');
    const { accuracyMatrix } = await lab.metrics();
    expect(accuracyMatrix).toHaveLength(4);
    await page.getByRole('region', { name: 'Imported' }).waitFor();
  });
});

describe('splitting by hand', () => {
  it('moves classes by dragging and by keyboard, trains on them, and is in the link', async () => {
    const lab = await visitors.open({ ...QUICK, tasks: 2, classesPerTask: 3 });
    const { page } = lab;
    await importMini(lab);
    await page.getByRole('button', { name: 'Assign classes by hand' }).click();
    const task = (n: number) => page.getByRole('dialog').getByRole('region', { name: `Task ${n}`, exact: true });
    const options = (n: number) => task(n).getByRole('option');
    await options(2).nth(2).waitFor();

    // By pointer: the first class of task 1 goes to task 2.
    const dragged = await options(1).first().innerText();
    await options(1).first().dragTo(task(2));
    await expect.poll(() => options(2).allInnerTexts()).toHaveLength(4);
    expect(await options(2).allInnerTexts()).toContain(dragged);

    // By keyboard: choose one of the unused classes of another dataset, and move it by the menu.
    const pool = page.getByRole('dialog').getByRole('region', { name: 'Not used' });
    await pool.getByRole('combobox', { name: 'Classes of' }).selectOption('builtin');
    await pool.getByRole('searchbox', { name: 'Search classes' }).fill('striped heart');
    const heart = pool.getByRole('option', { name: 'striped heart' });
    await heart.focus();
    await page.keyboard.press('Space');
    await page.getByText('1 chosen').waitFor();
    await page.getByRole('combobox', { name: 'Move to' }).selectOption('Task 1');
    await expect.poll(() => options(1).allInnerTexts()).toContain('striped heart');
    await page.getByText('1 class moved to Task 1.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();

    const classes = new URL(page.url()).searchParams.get('classes')!;
    expect(classes).toMatch(/^n\d{8},n\d{8},builtin:striped-heart\/(n\d{8},){3}n\d{8}$/);
    expect(await lab.select('Dataset').inputValue()).not.toBe('builtin');
    await lab.trainToEnd();
    const config = JSON.parse(new TextDecoder().decode((await lab.downloadAll()).get('config.json'))) as { split: string; manualTasks: string[][] };
    expect(config).toMatchObject({ split: 'manual', manualTasks: classes.split('/').map((ids) => ids.split(',')) });
  });
});

describe('looking into a dataset', () => {
  it('finds classes by word, shows their images, and says what was skipped', async () => {
    const lab = await visitors.open({});
    const { page } = lab;
    await lab.enabled('Train all tasks');
    await lab.importFiles([sharedPath('data/corrupt/garbage-jpeg.zip')]);
    await lab.says(/is ready/);
    await openData(lab);
    await page.getByRole('button', { name: /^Browse Tiny-ImageNet/ }).click();
    await lab.says('3 classes');
    const first = page.getByRole('dialog').locator('.browse-class').first();
    const word = (await first.locator('b').innerText()).split(/[ ,]/)[0]!;
    await page.getByRole('searchbox', { name: 'Search classes' }).fill(word);
    await lab.says('1 of 3 classes');
    await first.click();
    const images = page.getByRole('region', { name: /^Images of / }).getByRole('img');
    await images.nth(2).waitFor();
    await page.getByRole('button', { name: 'Test (2)' }).click();
    await expect.poll(() => images.count()).toBe(2);
    expect(await page.getByRole('heading', { name: 'Left out on import' }).locator('..').innerText()).toMatch(/\.JPEG/);
  });
});
