// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runCommand } from './command.mjs';
import { SetupFault } from './fault.mjs';

/**
 * Installs what package-lock.json asks for, where node_modules has something else or nothing.
 * @throws SetupFault where npm fails
 */
export async function ensureDependencies(root = ROOT) {
  if (dependenciesMatch(root)) return;
  // `npm ci` empties node_modules first: right for a fresh clone, too rough for a tree in use.
  const action = existsSync(join(root, 'node_modules')) ? 'install' : 'ci';
  console.log(`Installing dependencies (npm ${action}) …`);
  if ((await npm([action])) !== 0) {
    throw new SetupFault('npm could not install the dependencies (see above).', `Check the network, then run \`npm ${action}\` by hand.`);
  }
}

/** @param {readonly string[]} args */
function npm(args) {
  // Under `npm start` npm names its own script, which runs on every system without a shell.
  const script = process.env['npm_execpath'];
  return script && /\.c?js$/.test(script) ? runCommand(process.execPath, [script, ...args]) : runCommand('npm', args);
}

/**
 * Whether node_modules holds the versions of the lock. Packages for other systems (optional ones) need not be there.
 * @param {string} root
 */
export function dependenciesMatch(root) {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || installed[path]?.version === entry.version,
  );
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}
