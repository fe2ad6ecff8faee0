// @ts-check
import { join } from 'node:path';
import { ROOT, runCommand } from './command.mjs';
import { SetupFault } from './fault.mjs';

/**
 * Compiles the wasm kernels where their sources changed.
 * @throws SetupFault where they do not compile
 */
export async function ensureKernels() {
  if ((await runCommand(process.execPath, [join(ROOT, 'scripts', 'build-kernels.mjs')])) !== 0) {
    throw new SetupFault('The wasm kernels could not be built (see above).', 'Run `node scripts/build-kernels.mjs` by hand.');
  }
}
