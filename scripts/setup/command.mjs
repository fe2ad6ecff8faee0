// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a command in the repository root with this terminal's input and output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env] added to this process's
 * @returns {Promise<number>} its exit code; 127 where it could not be started
 */
export function runCommand(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/**
 * Runs a command quietly.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string | null} what it printed; null where it is missing or failed
 */
export function outputOf(command, args) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return result.status === 0 ? result.stdout.trim() : null;
}

/** Whether the system's package manager may be asked: apt is there and we are root. */
export function mayUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0 && outputOf('apt-get', ['--version']) !== null;
}

/**
 * @param {string} name of a Debian package
 * @returns {Promise<boolean>} whether it is installed now
 */
export async function aptInstall(name) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', name];
  if ((await runCommand('apt-get', install, env)) === 0) return true;
  // A machine that never asked has no package lists yet.
  if ((await runCommand('apt-get', ['update'], env)) !== 0) return false;
  return (await runCommand('apt-get', install, env)) === 0;
}
