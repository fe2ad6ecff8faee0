// @ts-check
import { SetupFault } from './fault.mjs';

/** Vite and Vitest need this Node. */
const NEEDED = [20, 19];

/** @throws SetupFault where this Node is too old */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = NEEDED;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  throw new SetupFault(
    `MAS Lab needs Node ${NEEDED.join('.')} or newer; this is Node ${version}.`,
    'Install a newer one from https://nodejs.org (or with nvm, fnm or your system’s packages) and run the command again.',
  );
}
