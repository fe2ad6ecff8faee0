import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ARROWS } from '../../scripts/check-arrows.mjs';
import { ROOT } from '../../scripts/setup/command.mjs';

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const project = JSON.parse(read('package.json')) as { scripts: Record<string, string>; dependencies: Record<string, string>; devDependencies: Record<string, string> };

describe('package-lock.json', () => {
  it('names no registry, so that any mirror serves', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  it('explains every command, and only commands that exist', () => {
    const told = new Set([...readme.matchAll(/`npm (?:run )?([a-z]+)`/g)].map((match) => match[1]!));
    expect([...told].sort()).toEqual(Object.keys(project.scripts).sort());
  });

  it('says why each dependency is there', () => {
    const table = readme.slice(readme.indexOf('| dependency |'), readme.indexOf('## Limits'));
    const named = (name: string): boolean => table.includes(name) || table.includes(name.replace('@tensorflow/tfjs', ''));
    const missing = Object.keys({ ...project.dependencies, ...project.devDependencies }).filter((name) => !name.startsWith('@types/') && name !== '@webgpu/types' && !named(name));
    expect(missing).toEqual([]);
  });
});

describe('src/README.md', () => {
  it('names the folders that the arrows know', () => {
    const table = read('src/README.md');
    const rows = [...table.matchAll(/^\| ([a-z]+) \| /gm)].map((match) => match[1]!).filter((name) => name !== 'folder');
    expect(rows.sort()).toEqual([...new Set(Object.keys(ARROWS).map((name) => name.split('/')[0]!))].sort());
  });
});
