import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { violations } from '../helpers/axe.ts';
import { type LabPage, TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';
import { openZip } from '../helpers/zip.ts';

/** The perceptron: a whole comparison in seconds. */
const SMALL = { ...TINY, model: 'mlp', epochs: 2 };

async function openCompare(lab: LabPage, view: 'Methods' | 'Seeds' | 'Dialects of MAS' = 'Methods'): Promise<void> {
  await lab.page.getByRole('button', { name: 'Compare', exact: true }).click();
  if (view !== 'Methods') await dialog(lab).getByRole('button', { name: view, exact: true }).click();
}

function dialog(lab: LabPage) {
  return lab.page.getByRole('dialog', { name: 'Compare' });
}

async function closePanel(lab: LabPage): Promise<void> {
  await dialog(lab).getByRole('button', { name: 'Close' }).click();
}

/** Leaves these methods chosen, with so many seeds. */
async function fillIn(lab: LabPage, methods: readonly string[], seeds: number): Promise<void> {
  await dialog(lab).getByRole('checkbox', { name: 'MAS' }).waitFor();
  for (const box of await dialog(lab).getByRole('checkbox').all()) await box.uncheck();
  for (const method of methods) await dialog(lab).getByRole('checkbox', { name: method }).check();
  await dialog(lab).getByRole('textbox', { name: 'Seeds' }).fill(String(seeds));
}

async function saved(lab: LabPage, button: string): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const download = lab.page.waitForEvent('download');
  await dialog(lab).getByRole('button', { name: button, exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: new Uint8Array(await readFile(await file.path())) };
}

const words = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('comparing methods', () => {
  const visitors = useVisitors();

  it('chooses λ, trains, shows the table, gives the files, and puts a row’s settings into the controls', async () => {
    const lab = await visitors.open(SMALL);
    await lab.enabled('Train all tasks');
    await openCompare(lab);
    await fillIn(lab, ['MAS', 'Fine-tuning', 'Joint training'], 1);
    await dialog(lab).getByText('Values of λ to choose from').click();
    await dialog(lab).getByRole('textbox', { name: 'Values of λ for MAS' }).fill('0.5, 50');
    await dialog(lab).getByRole('button', { name: 'Compare methods', exact: true }).click();
    await dialog(lab).getByRole('progressbar').waitFor();
    // It trains on with the panel closed, and no run can begin beside it.
    await closePanel(lab);
    await lab.says(/^Comparing|Getting the images ready/);
    expect(await lab.button('Train all tasks').isDisabled()).toBe(true);
    await lab.page.getByText('The comparison is finished').waitFor();
    await lab.enabled('Train all tasks');

    await openCompare(lab);
    const table = dialog(lab).getByRole('region', { name: 'Result' }).getByRole('table');
    const names = await table.getByRole('rowheader').allInnerTexts();
    expect(names.map((name) => name.trim()).sort()).toEqual(['Fine-tuning', 'Joint training', 'MAS']);
    expect(await dialog(lab).getByText(/never on test images: average accuracy after the first 2 tasks, seed 0, on a fifth/).count()).toBe(1);

    const markdown = await saved(lab, 'Table, Markdown');
    expect(markdown.name).toBe('comparison.md');
    expect(words(markdown.bytes)).toContain('| MAS (Memory Aware Synapses) |');
    const csv = words((await saved(lab, 'Table, CSV')).bytes);
    expect(csv.trim().split('\r\n')).toHaveLength(4);
    const files = await openZip((await saved(lab, 'All files, zip')).bytes);
    expect([...files.keys()].sort()).toEqual([
      'comparison.csv', 'comparison.json', 'comparison.md', 'configs/finetune-seed0.json', 'configs/joint-seed0.json', 'configs/mas-seed0.json', 'curves.csv', 'runs.csv',
    ]);
    const config = JSON.parse(words(files.get('configs/mas-seed0.json'))) as { lambda: number; epochs: number };
    expect(config.epochs).toBe(2);
    expect([0.5, 50]).toContain(config.lambda);

    await table.getByRole('button', { name: 'Use the settings of MAS' }).click();
    await closePanel(lab);
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('lambda')).toBe(String(config.lambda));
    // What the table says of a row is what its settings give.
    await lab.trainToEnd();
    const { accuracyMatrix } = await lab.metrics();
    const runs = JSON.parse(words(files.get('comparison.json'))) as { runs: { method: string; metrics: { accuracyMatrix: unknown } }[] };
    expect(accuracyMatrix).toEqual(runs.runs.find(({ method }) => method === 'mas')!.metrics.accuracyMatrix);
  });

  it('stops on request and keeps the lab usable', async () => {
    const lab = await visitors.open({ ...TINY, epochs: 50 });
    await lab.enabled('Train all tasks');
    await openCompare(lab);
    await fillIn(lab, ['Fine-tuning'], 2);
    await dialog(lab).getByRole('button', { name: 'Compare methods', exact: true }).click();
    await lab.says('Training Fine-tuning');
    await dialog(lab).getByRole('button', { name: 'Stop comparison' }).click();
    await dialog(lab).getByText('Stopped before the first run was finished.').waitFor();
    await closePanel(lab);
    await lab.trainAll();
    await lab.says(/training, epoch/);
    // Now it is the run that must not be disturbed.
    await openCompare(lab);
    expect(await dialog(lab).getByRole('button', { name: 'Compare methods', exact: true }).isDisabled()).toBe(true);
    await dialog(lab).getByText('A run is training.').waitFor();
  });

  it('names what is wrong in the form, and what the data cannot give', async () => {
    const lab = await visitors.open({ ...SMALL, tasks: 30, classesPerTask: 3 });
    await openCompare(lab);
    await fillIn(lab, ['Fine-tuning'], 0);
    await dialog(lab).getByRole('alert').filter({ hasText: 'whole number from 1' }).waitFor();
    await fillIn(lab, ['Fine-tuning'], 1);
    await dialog(lab).getByRole('button', { name: 'Compare methods', exact: true }).click();
    await dialog(lab).getByRole('alert').filter({ hasText: /90/ }).waitFor();
  });
});

describe('one method over seeds', () => {
  const visitors = useVisitors();

  it('gives a mean with its interval in the table and a band in the chart', async () => {
    const lab = await visitors.open({ ...SMALL, lambda: 2 });
    await lab.enabled('Train all tasks');
    await openCompare(lab, 'Seeds');
    await dialog(lab).getByRole('textbox', { name: 'Seeds' }).fill('2');
    await dialog(lab).getByRole('button', { name: 'Run 2 seeds' }).click();
    const result = dialog(lab).getByRole('region', { name: 'Result' });
    await result.waitFor();
    expect(await result.getByRole('row').nth(1).innerText()).toMatch(/^\s*MAS\s+2\s+\d+\.\d ± \d+\.\d/);
    const chart = dialog(lab).getByRole('group', { name: /Average accuracy while training/ });
    await chart.focus();
    await lab.page.keyboard.press('ArrowRight');
    await chart.getByRole('status').filter({ hasText: /±/ }).waitFor();
  });
});

describe('the images that importance is measured on', () => {
  const visitors = useVisitors();

  it('are another dataset’s, or chosen classes, by their names', async () => {
    const lab = await visitors.open(SMALL);
    await lab.enabled('Train all tasks');
    const settings = lab.page.getByRole('region', { name: 'Settings' });
    await settings.getByText('Advanced settings').click();
    await settings.getByText('Importance classes').click();
    const first = settings.getByRole('list', { name: 'Importance classes' }).getByRole('checkbox').first();
    // A class of the first task only: the second task would have no images.
    await first.check();
    await lab.trainAll();
    await lab.alert().filter({ hasText: 'Task 2 has none of the classes' }).waitFor();
    await settings.getByRole('button', { name: 'All classes' }).click();

    await settings.getByRole('combobox', { name: 'Importance source' }).selectOption({ label: 'Another dataset' });
    await settings.getByRole('combobox', { name: 'Importance dataset' }).selectOption({ label: 'Shapes and fills' });
    const classes = settings.getByRole('list', { name: 'Importance classes' }).getByRole('checkbox');
    await settings.getByText('Importance classes').click();
    await classes.nth(39).waitFor();
    expect(await classes.count()).toBe(40);
    await classes.first().check();
    expect(await violations(lab)).toEqual([]);
    expect(new URL(lab.page.url()).searchParams.get('importanceDataset')).toBe('builtin');
    await lab.trainToEnd();
  });
});

describe('the dialects of MAS', () => {
  const visitors = useVisitors();

  it('are measured on the current run and saved', async () => {
    const lab = await visitors.open(SMALL);
    await lab.enabled('Train all tasks');
    await openCompare(lab, 'Dialects of MAS');
    expect(await dialog(lab).getByRole('button', { name: 'Measure dialects' }).isDisabled()).toBe(true);
    await closePanel(lab);
    await lab.trainToEnd();
    await openCompare(lab, 'Dialects of MAS');
    await dialog(lab).getByRole('button', { name: 'Measure dialects' }).click();
    const result = dialog(lab).getByRole('region', { name: 'Against the paper’s form' });
    await result.waitFor();
    expect(await result.getByRole('rowheader').allInnerTexts()).toEqual(['Paper (exact per image)', 'Authors’ code, CLsurvey', 'Avalanche', 'FACIL']);
    await result.getByText(/^FACIL: Ω is .* times the paper’s; .* Where the paper takes λ = 1, take/).waitFor();
    const csv = await saved(lab, 'CSV');
    expect(csv.name).toBe('dialects.csv');
    expect(words(csv.bytes).trim().split('\r\n')).toHaveLength(7);
    expect(words((await saved(lab, 'Markdown')).bytes)).toContain('| FACIL |');
  });
});

describe.each(['light', 'dark'] as const)('accessibility of the research panels, %s', (scheme) => {
  const visitors = useVisitors();

  it('has no violations', async () => {
    const lab = await visitors.open({ ...SMALL, epochs: 1 }, { colorScheme: scheme });
    await lab.trainToEnd();
    await openCompare(lab);
    await dialog(lab).getByText('Values of λ to choose from').click();
    expect(await violations(lab), 'methods').toEqual([]);
    await fillIn(lab, ['SI', 'Joint training'], 2);
    await dialog(lab).getByRole('button', { name: 'Compare methods', exact: true }).click();
    await dialog(lab).getByRole('progressbar').waitFor();
    expect(await violations(lab), 'comparing').toEqual([]);
    await dialog(lab).getByRole('region', { name: 'Result' }).waitFor();
    await dialog(lab).getByText('Every run').click();
    expect(await violations(lab), 'result').toEqual([]);
    await dialog(lab).getByRole('button', { name: 'Seeds', exact: true }).click();
    await dialog(lab).getByRole('textbox', { name: 'Seeds' }).fill('none');
    expect(await violations(lab), 'seeds').toEqual([]);
    await dialog(lab).getByRole('button', { name: 'Dialects of MAS', exact: true }).click();
    await dialog(lab).getByRole('button', { name: 'Measure dialects' }).click();
    await dialog(lab).getByRole('region', { name: 'Against the paper’s form' }).waitFor();
    await dialog(lab).getByText('Every pair').click();
    expect(await violations(lab), 'dialects').toEqual([]);
  });
});
