// @ts-check
import { aptInstall, mayUseApt, outputOf } from './command.mjs';
import { SetupFault } from './fault.mjs';

/**
 * A Python that has PyTorch and torchvision: TORCH_PYTHON, the system's, or the first on the path.
 * @returns {string | null}
 */
export function findTorchPython() {
  const candidates = [process.env['TORCH_PYTHON'], '/usr/bin/python3', 'python3', 'python'];
  return candidates.find((python) => python && outputOf(python, ['-c', 'import torch, torchvision']) !== null) ?? null;
}

/**
 * As {@link findTorchPython}, and installs the system's package where it may.
 * @throws SetupFault saying what to install
 */
export async function ensureTorchPython() {
  const found = findTorchPython();
  if (found) return found;
  if (mayUseApt()) {
    console.log('No PyTorch with torchvision found; installing the system’s (apt-get install python3-torchvision) …');
    await aptInstall('python3-torchvision');
  }
  const installed = findTorchPython();
  if (installed) return installed;
  throw new SetupFault(
    'The tests that hand files to real PyTorch need a Python with torch and torchvision, and none was found.',
    'Install them (`apt-get install python3-torchvision`, or `pip install torch torchvision`), or set TORCH_PYTHON to a Python that has them.',
  );
}
