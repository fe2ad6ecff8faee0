import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SelfCheckReport } from '../../src/core/self-check-report.ts';
import { LAB_KERNELS } from '../../src/kernels/ops.ts';
import type { LabPage } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** Starts the self-check as a person does. */
async function start({ page }: LabPage): Promise<void> {
  await page.getByRole('button', { name: /WebAssembly|WebGPU/ }).first().click();
  await page.getByRole('button', { name: 'Self-check', exact: true }).click();
  await page.getByRole('button', { name: 'Run the self-check' }).click();
}

/** The file that it saves. */
async function saved({ page }: LabPage): Promise<SelfCheckReport> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the report' }).click();
  return JSON.parse(readFileSync(await (await download).path(), 'utf8')) as SelfCheckReport;
}

function expectProof({ kernels, numbers, timing, userAgent, complete }: SelfCheckReport): void {
  expect(complete).toBe(true);
  expect(new Set(kernels.map(({ kernel }) => kernel))).toEqual(new Set(Object.values(LAB_KERNELS)));
  expect([...kernels, ...numbers].filter(({ right }) => !right)).toEqual([]);
  expect(numbers.length).toBeGreaterThan(30);
  expect(timing!.labMs).toBeGreaterThan(0);
  expect(timing!.ratio).toBeCloseTo(timing!.stockMs / timing!.labMs, 5);
  expect(userAgent).toContain('Chrome');
}

describe('the self-check page', () => {
  const visitors = useVisitors();

  it('proves kernels, network and speed on WebAssembly, and gives the report as a file', async () => {
    const lab = await visitors.open();
    await lab.enabled('Train all tasks');
    await start(lab);
    await lab.page.getByText(/All \d+ checks are right on this device/).waitFor();
    const report = await saved(lab);
    expectProof(report);
    expect(report.backend.name).toBe('wasm');
    expect(report.adapter).toBeNull();
  });

  it('goes on while its panel is closed, keeps training from the device, and stops with a report of what it found', async () => {
    const lab = await visitors.open();
    const { page } = lab;
    await lab.enabled('Train all tasks');
    await start(lab);
    await lab.says('AlexNet against PyTorch');
    await page.keyboard.press('Escape');
    expect(await lab.button('Train all tasks').isDisabled()).toBe(true);
    await page.getByRole('button', { name: /WebAssembly|WebGPU/ }).first().click();
    await page.getByRole('button', { name: 'Self-check', exact: true }).click();
    await page.getByRole('button', { name: 'Stop the self-check' }).click();
    await page.getByText(/Stopped\. The \d+ checks until then are right/).waitFor();
    const report = await saved(lab);
    expect(report).toMatchObject({ complete: false, timing: null });
    expect(new Set(report.kernels.map(({ kernel }) => kernel))).toEqual(new Set(Object.values(LAB_KERNELS)));
    await lab.enabled('Train all tasks');
  });
});

describe('on a GPU that is a program', () => {
  const visitors = useVisitors({ softwareWebgpu: true });

  it('ends all the same, with a step of a smaller network timed, and says what the adapter is and what its tiles are', async () => {
    const lab = await visitors.open({ backend: 'webgpu', tune: 1 });
    await lab.enabled('Train all tasks');
    await start(lab);
    await lab.page.getByText(/All \d+ checks are right on this device/).waitFor({ timeout: 540_000 });
    const report = await saved(lab);
    expectProof(report);
    expect(report.backend.name).toBe('webgpu');
    expect(report.timing!.what).toContain('small-conv');
    expect(report.adapter!.limits['maxStorageBufferBindingSize']).toBeGreaterThan(2 ** 27);
    expect(report.adapter!.features.length).toBeGreaterThan(5);
    expect(report.tiles.length).toBeGreaterThan(0);
    for (const { product, tiles, ms, usualTiles, usualMs } of report.tiles) expect({ product, faster: ms <= usualMs, other: ms < usualMs }).toEqual({ product, faster: true, other: tiles !== usualTiles });
    await lab.page.getByText('Tiles measured on this device').click();
    await lab.page.getByRole('rowheader', { name: report.tiles[0]!.product }).waitFor();
  });
});
