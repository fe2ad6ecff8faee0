import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';

it.each([
  ['--tasks', '4'],
  ['--method', 'ewc'],
  ['--reg-lambda', '3'],
  ['--penalty-step', 'gradient'],
  ['--methods', 'mas,finetune'],
])('the reach of λ refuses %s %s by name, before anything is trained', (flag, value) => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/run.mjs'), 'src/cli/reach.ts', flag, value], { encoding: 'utf8', cwd: ROOT });
  expect(status).toBe(1);
  expect(stderr).toContain(flag);
  expect(stderr).not.toContain('Backend:');
});
