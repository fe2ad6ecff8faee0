import { spawnSync } from 'node:child_process';
import { findTorchPython } from '../../scripts/setup/torch.mjs';

let found: string | undefined;

/** A Python that has PyTorch and torchvision. @throws Error saying what to install where there is none */
export function torchPython(): string {
  found ??= findTorchPython() ?? undefined;
  if (found) return found;
  throw new Error('No Python with torch and torchvision: install python3-torchvision, or `pip install torch torchvision`, or set TORCH_PYTHON to a Python that has them.');
}

/**
 * Runs Python source with PyTorch at hand.
 * @param args what the source sees as sys.argv[1:]
 * @returns what it printed
 * @throws Error with Python's traceback where it fails
 */
export function runTorch(source: string, args: readonly string[] = []): string {
  const result = spawnSync(torchPython(), ['-c', source, ...args], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (result.status === 0) return result.stdout;
  throw new Error(`Python failed: ${result.stderr || String(result.error ?? result.signal)}`);
}
