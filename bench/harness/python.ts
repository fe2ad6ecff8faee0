import { spawnSync } from 'node:child_process';
import { ensureTorchPython } from '../../scripts/setup/torch.mjs';

/** Runs Python that prints one number. @throws Error with Python's message where it fails */
export async function pythonNumber(source: string, args: readonly string[]): Promise<number> {
  const result = spawnSync(await ensureTorchPython(), ['-c', source, ...args], { encoding: 'utf8' });
  const value = Number(result.stdout);
  if (result.status !== 0 || !Number.isFinite(value)) throw new Error(`Python failed: ${result.stderr || result.stdout}`);
  return value;
}
