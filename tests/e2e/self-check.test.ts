import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SelfCheckReport } from '../../src/core/self-check-report.ts';
import { LAB_KERNELS } from '../../src/kernels/ops.ts';
import type { LabPage } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** Runs the self-check as a person does, and gives the file that it saves. */
async function checked(lab: LabPage): Promise<SelfCheckReport> {
  const { page } = lab;
  await lab.enabled('Train all tasks');
  await page.getByRole('button', { name: /WebAssembly|WebGPU/ }).first().click();
  await page.getByRole('button', { name: 'Self-check', exact: true }).click();
  await page.getByRole('button', { name: 'Run the self-check' }).click();
  await page.getByText(/All \d+ checks are right on this device/).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the report' }).click();
  return JSON.parse(readFileSync(await (await download).path(), 'utf8')) as SelfCheckReport;
}

function expectProof({ kernels, numbers, timing, userAgent }: SelfCheckReport): void {
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
    const report = await checked(await visitors.open());
    expectProof(report);
    expect(report.backend.name).toBe('wasm');
    expect(report.adapter).toBeNull();
  });
});
