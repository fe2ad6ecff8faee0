/** A sequence begun in real PyTorch, left as the seed leaves it, goes on on the command line. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { sharedPath } from '../helpers/shared.ts';
import { beginInTorch, CLASSES, FINISHED } from './begun-sequence.ts';
import { temporaryFolder } from './folders.ts';

const folder = temporaryFolder();

it('with the accuracies that PyTorch measured, importances matched by their order, and another task learned', async () => {
  const { archive, accuracy, learned } = await beginInTorch(join(folder, 'seed'));
  const zip = join(folder, 'seed.zip');
  writeFileSync(zip, archive);
  const [json, out] = [join(folder, 'report.json'), join(folder, 'out')];
  const flags = ['--data', sharedPath('data/tiny-imagenet-mini.zip'), '--split', 'ordered', '--tasks', String(FINISHED + 1), '--classes-per-task', String(CLASSES), '--num-epochs', '1', '--importance-images', '8'];
  const result = spawnSync(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'src/cli/train.ts', ...flags, '--continue', zip, '--json', json, '--out', out], { encoding: 'utf8', cwd: ROOT });
  expect(result.stderr).toContain(`${FINISHED} of ${FINISHED + 1} tasks finished`);
  expect(result.stderr).toContain('parameters were matched by their order, and all shapes agree');
  expect(result.stderr).toContain('Left out, for heads are never penalised');
  expect(result.status).toBe(0);
  const { accuracyMatrix } = JSON.parse(readFileSync(json, 'utf8')) as { accuracyMatrix: (number | null)[][] };
  expect(accuracyMatrix[FINISHED - 1]!.slice(0, FINISHED)).toEqual(accuracy);
  // What its first task scored when it was new is read, so that what it forgot is known.
  expect(accuracyMatrix[0]![0]).toBe(learned[0]);
  expect(accuracyMatrix[FINISHED]!.every((value) => value !== null)).toBe(true);
});
