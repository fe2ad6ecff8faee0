import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findChromium } from '../../scripts/setup/chromium.mjs';
import { ROOT } from '../../scripts/setup/command.mjs';
import { dependenciesMatch } from '../../scripts/setup/dependencies.mjs';
import { requireNode } from '../../scripts/setup/node-version.mjs';
import { requireShared } from '../../scripts/setup/shared.mjs';

const folders: string[] = [];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mas-lab-setup-'));
  folders.push(path);
  return path;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

describe('requireNode', () => {
  it.each(['20.19.0', '20.20.1', '22.0.0', '24.1.0'])('takes %s', (version) => {
    expect(() => requireNode(version)).not.toThrow();
  });

  it.each(['18.20.4', '20.18.3'])('refuses %s and says what to install', (version) => {
    expect(() => requireNode(version)).toThrow(new RegExp(`needs Node 20\\.19 or newer; this is Node ${version.replaceAll('.', '\\.')}`));
  });
});

describe('dependenciesMatch', () => {
  const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/mac-only': { version: '2.0.0', optional: true } } };

  function project(installed: object | null): string {
    const root = folder();
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
    if (installed) {
      mkdirSync(join(root, 'node_modules'));
      writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(installed));
    }
    return root;
  }

  it('is satisfied by what the lock wants, without packages for other systems', () => {
    expect(dependenciesMatch(project({ packages: { 'node_modules/a': { version: '1.0.0' } } }))).toBe(true);
  });

  it.each([
    ['nothing is installed', null],
    ['a package is missing', { packages: {} }],
    ['a version differs', { packages: { 'node_modules/a': { version: '1.0.1' } } }],
  ])('is not when %s', (_, installed) => {
    expect(dependenciesMatch(project(installed))).toBe(false);
  });
});

describe('what a machine may lack', () => {
  it('is named when CHROMIUM_PATH leads nowhere', async () => {
    vi.stubEnv('CHROMIUM_PATH', '/nowhere/chromium');
    await expect(findChromium()).rejects.toThrow(/CHROMIUM_PATH is \/nowhere\/chromium/);
  });

  it('is named when the shared folder is not beside the repository', () => {
    expect(() => requireShared(folder())).toThrow(/\.\.\/shared.*tiny-imagenet-mini\.zip/s);
  });
});

describe('the commands', () => {
  function node(...args: string[]): { status: number | null; output: string } {
    const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
    return { status: result.status, output: result.stdout + result.stderr };
  }

  it('test: refuses a stage that does not exist and lists those that do', () => {
    const { status, output } = node('scripts/test.mjs', '--only', 'lint,nonsense');
    expect(status).toBe(1);
    expect(output).toMatch(/no stage “nonsense”.*lint, arrows, types/s);
    expect(output).not.toContain('at chosen');
  });

  it('test: sums up in one plain line', () => {
    const { status, output } = node('scripts/test.mjs', '--only', 'arrows');
    expect(output.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed');
    expect(status).toBe(0);
  });

  it.each(['0', '70000', 'many'])('start: refuses port %s', (port) => {
    const { status, output } = node('scripts/start.mjs', '--port', port);
    expect(status).toBe(1);
    expect(output).toContain(`The port is “${port}”, but must be a whole number from 1 to 65535.`);
  });
});
