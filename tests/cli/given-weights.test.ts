/** `--weights` and `--continue`, without a process of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/cli/arguments.ts';
import { continueRun, withWeights } from '../../src/cli/given-weights.ts';
import { openHeadless, trainAll, trainFirst, type Headless } from '../../src/cli/headless.ts';
import type { DownloadItem } from '../../src/core/protocol.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { useBackend } from '../helpers/backends.ts';

const folder = mkdtempSync(join(tmpdir(), 'mas-lab-given-weights-'));
const opened: Headless[] = [];
beforeAll(() => useBackend('wasm'));
afterAll(async () => {
  for (const headless of opened) await headless.close();
  rmSync(folder, { recursive: true });
});

const QUICK = ['--model', 'mlp', '--tasks', '2', '--classes-per-task', '2', '--num-epochs', '1', '--importance-images', '8', '--reg-lambda', '5'];

async function open(): Promise<Headless['lab']> {
  const headless = await openHeadless({ name: 'wasm' }, () => undefined);
  opened.push(headless);
  return headless.lab;
}

/** A run after its first task, as files, and what it does when it is not interrupted. */
async function begun(): Promise<{ file(item: DownloadItem, name: string): Promise<string>; matrix: unknown }> {
  const { config } = parseArguments(QUICK, {});
  const [first, whole] = [await open(), await open()];
  await trainFirst(first, config);
  await trainAll(whole, config);
  return {
    matrix: whole.session.report().accuracyMatrix,
    async file(item, name) {
      const path = join(folder, name);
      writeFileSync(path, await joinBytes((await first.download(item, 'pytorch')).content));
      return path;
    },
  };
}

describe('the command line', () => {
  it('goes on with a run file and with a tree, to the numbers of the uninterrupted run', async () => {
    const { file, matrix } = await begun();
    for (const path of [await file({ kind: 'run' }, 'run.maslab'), await file({ kind: 'all' }, 'tree.zip')]) {
      const lab = await open();
      const said: string[] = [];
      await continueRun(lab, path, parseArguments([], {}), (text) => said.push(text));
      expect(said.join()).toContain('1 of 2 tasks finished');
      expect(lab.session.report().accuracyMatrix, path).toEqual(matrix);
    }
  });

  it('branches where a flag changes how the rest is trained, and refuses what a run is made of', async () => {
    const { file } = await begun();
    const path = await file({ kind: 'run' }, 'branch.maslab');
    const lab = await open();
    await continueRun(lab, path, parseArguments(['--reg-lambda', '0'], {}), () => undefined);
    expect(lab.session.currentRecord).toMatchObject({ config: { lambda: 0 }, parent: { afterTask: 1 }, finishedTasks: 2 });
    await expect(continueRun(lab, path, parseArguments(['--tasks', '3', '--seed', '4'], {}), () => undefined)).rejects.toMatchObject({
      code: 'config-conflict', message: expect.stringMatching(/--tasks is 3, the run’s 2; --seed is 4, the run’s 0/) as string,
    });
  });

  it('starts from weights, with the model they fit unless a flag names one', async () => {
    const { file } = await begun();
    const path = await file({ kind: 'shared-model' }, 'shared_model.pth');
    const config = await withWeights(await open(), parseArguments(['--weights', path], {}), () => undefined);
    expect(config).toMatchObject({ model: 'mlp', trainableConvLayers: 5 });
    expect(config.initialWeights).toMatch(/^[0-9a-f]{64}$/);
    const lab = await open();
    const named = await withWeights(lab, parseArguments([...QUICK, '--weights', path, '--model', 'small-conv'], {}), () => undefined);
    await expect(trainAll(lab, named)).rejects.toMatchObject({ code: 'param-mismatch' });
    const run = await file({ kind: 'run' }, 'no-backbone.maslab');
    await expect(withWeights(lab, parseArguments(['--weights', run], {}), () => undefined)).rejects.toMatchObject({ code: 'config-conflict' });
    const missing = withWeights(lab, parseArguments(['--weights', join(folder, 'none.pth')], {}), () => undefined);
    await expect(missing).rejects.toMatchObject({ code: 'data-missing' });
  });
});
