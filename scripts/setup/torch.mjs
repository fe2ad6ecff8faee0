// @ts-check
import { aptInstall, mayUseApt, outputOf } from './command.mjs';
import { SetupFault } from './fault.mjs';

/**
 * A Python that has PyTorch: TORCH_PYTHON, the system's, or the first on the path.
 * @returns {string | null}
 */
export function findTorchPython() {
  const candidates = [process.env['TORCH_PYTHON'], '/usr/bin/python3', 'python3', 'python'];
  return candidates.find((python) => python && outputOf(python, ['-c', 'import torch']) !== null) ?? null;
}

/**
 * As {@link findTorchPython}, and installs the system's package where it may.
 * @throws SetupFault saying what to install
 */
export async function ensureTorchPython() {
  const found = findTorchPython();
  if (found) return found;
  if (mayUseApt()) {
    console.log('No PyTorch found; installing the system’s (apt-get install python3-torch) …');
    await aptInstall('python3-torch');
  }
  const installed = findTorchPython();
  if (installed) return installed;
  throw new SetupFault(
    'The tests that hand files to real PyTorch need a Python with torch, and none was found.',
    'Install it (`apt-get install python3-torch`, or `pip install torch`), or set TORCH_PYTHON to a Python that has it.',
  );
}
