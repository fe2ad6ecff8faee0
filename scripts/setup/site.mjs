// @ts-check
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runCommand } from './command.mjs';
import { SetupFault } from './fault.mjs';
import { ensureKernels } from './kernels.mjs';

const INPUTS = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'];

/**
 * Builds the wasm kernels and the static site into dist/ where something they are made of is newer.
 * @throws SetupFault where it does not build
 */
export async function ensureSite() {
  await ensureKernels();
  const built = join(ROOT, 'dist', 'index.html');
  if (existsSync(built) && statSync(built).mtimeMs >= Math.max(...INPUTS.map((name) => newest(join(ROOT, name))))) return;
  console.log('Building the lab …');
  const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
  // A test runner names its own environment, in which React would be built for development and nothing kept for offline use.
  if ((await runCommand(process.execPath, [vite, 'build', '--logLevel', 'error'], { NODE_ENV: 'production' })) !== 0) {
    throw new SetupFault('The lab could not be built (see above).', 'Run `npm run build` by hand.');
  }
}

/** @param {string} path @returns {number} when it, or what is in it, last changed; 0 where it is missing */
function newest(path) {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  // A folder's own time tells of files that were removed.
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
