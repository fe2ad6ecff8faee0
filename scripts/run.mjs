// @ts-check
/** Runs a TypeScript entry in Node after installing and building what it needs: `node scripts/run.mjs FILE [arguments]`. */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT, runCommand } from './setup/command.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { runMain } from './setup/fault.mjs';
import { ensureKernels } from './setup/kernels.mjs';
import { requireNode } from './setup/node-version.mjs';

await runMain(async () => {
  requireNode();
  const [entry, ...args] = process.argv.slice(2);
  if (!entry) throw new Error('run.mjs wants a file to run');
  await ensureDependencies();
  await ensureKernels();
  const tsx = pathToFileURL(join(ROOT, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  process.exitCode = await runCommand(process.execPath, [...fusedMultiplyAdd(), '--import', tsx, join(ROOT, entry), ...args]);
});

/** Node 20 knows WebAssembly's relaxed SIMD, with which the kernels multiply and add in one instruction, but only behind a flag; later ones always. */
function fusedMultiplyAdd() {
  return Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];
}
