import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { openData, openHeadless, trainAll, type Headless } from '../../src/cli/headless.ts';
import type { MethodId } from '../../src/core/config.ts';
import type { RunReport } from '../../src/session/run-files.ts';
import { useBackend } from '../helpers/backends.ts';
import { sharedPath } from '../helpers/shared.ts';

let headless: Headless;

beforeAll(async () => {
  await useBackend('wasm');
  headless = await openHeadless({ name: 'wasm' }, () => undefined);
});
afterAll(() => headless.close());

async function trained(method: MethodId): Promise<RunReport> {
  const folder = sharedPath('data/mnist-mini');
  // λ is the preset's with MAS, and none with fine-tuning.
  const { config } = parseArguments(['--preset', 'split-mnist', '--data', folder, '--method', method], {});
  await trainAll(headless.lab, { ...config, dataset: await openData(headless.lab, folder, () => null) });
  return headless.lab.session.report();
}

describe('split MNIST, on a tenth of its images', () => {
  it('is learned task by task, and MAS keeps at least two points more than fine-tuning', async () => {
    const finetune = await trained('finetune');
    const mas = await trained('mas');
    expect(mas.tasks.map(({ classes }) => classes.map(({ id }) => id).join(''))).toEqual(['01', '23', '45', '67', '89']);
    for (const report of [finetune, mas]) report.accuracyMatrix.forEach((row, task) => expect(row[task]!).toBeGreaterThanOrEqual(0.9));
    expect(mas.averageAccuracy! - finetune.averageAccuracy!).toBeGreaterThanOrEqual(0.02);
    expect(mas.averageForgetting!).toBeLessThan(finetune.averageForgetting!);
    // Not told the task it is harder for both.
    for (const report of [finetune, mas]) expect(report.classIncremental!.averageAccuracy!).toBeLessThan(report.averageAccuracy!);
  });

  it('asks for the images', () => {
    expect(() => parseArguments(['--preset', 'split-mnist'], {})).toThrowError(expect.objectContaining({ code: 'data-missing', hint: expect.stringContaining('--data') }));
  });
});
