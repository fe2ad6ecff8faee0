import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ARROWS, checkArrows } from '../../scripts/check-arrows.mjs';

const planted: string[] = [];

/** A throw-away src/ with these files. */
function sourceTree(files: Record<string, string>): string {
  const src = mkdtempSync(join(tmpdir(), 'mas-lab-arrows-'));
  planted.push(src);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, name)), { recursive: true });
    writeFileSync(join(src, name), text);
  }
  return src;
}

afterEach(() => {
  for (const src of planted.splice(0)) rmSync(src, { recursive: true });
});

describe('checkArrows', () => {
  it('finds the project’s own files, all in order', () => {
    const { files, violations } = checkArrows(join(import.meta.dirname, '../../src'));
    expect(violations).toEqual([]);
    expect(files).toBeGreaterThan(50);
  });

  it('reads nothing where nothing is, so that its caller can fail', () => {
    expect(checkArrows(sourceTree({}))).toEqual({ files: 0, violations: [] });
  });

  it.each([
    ['core/a.ts', `import { b } from '../engine/b.ts';`, 'core may not import engine'],
    ['core/a.ts', `export * from '../formats/b.ts';`, 'core may not import formats'],
    ['engine/a.ts', `import '../data/b.ts';`, 'engine may not import data'],
    ['engine/a.ts', `const later = await import('../app/view.tsx');`, 'engine may not import app'],
    ['engine/a.ts', `type Later = import('../session/run.ts').Run;`, 'engine may not import session'],
    ['engine/a.ts', `import { readFile } from 'node:fs/promises';`, 'engine may not import from Node'],
    ['engine/a.ts', `import { useState } from 'react';`, 'engine may not import this package'],
    ['engine/a.ts', `const later = await import(name);`, 'engine may not import this package'],
    ['data/a.ts', `import { get } from 'idb-keyval';`, 'data may not import this package'],
    ['app/a.tsx', `import { host } from '../worker/host.ts';`, 'from worker, app may import types only'],
    ['app/a.tsx', `import { type Host, host } from '../worker/host.ts';`, 'from worker, app may import types only'],
    ['app/a.ts', `import { engine } from '@tensorflow/tfjs-core';`, 'app may not import this package'],
    ['platform/node/a.ts', `import { fit } from '../../data/fit.ts';`, 'from data, platform/node may import types only'],
    ['platform/browser/a.ts', `import { read } from '../node/files.ts';`, 'platform/browser may not import platform/node'],
    ['platform/a.ts', `import { read } from './node/files.ts';`, 'platform may not import platform/node'],
    ['worker/a.ts', `import { read } from '../platform/node/files.ts';`, 'worker may not import platform/node'],
    ['kernels/a.ts', `import { helper } from '../../tests/helpers/naive.ts';`, 'outside src'],
    ['tools/a.ts', `export const a = 1;`, 'no folder of the table'],
  ])('refuses in %s: %s', (name, source, reason) => {
    const { violations } = checkArrows(sourceTree({ [name]: source }));
    expect(violations).toHaveLength(1);
    expect(violations[0]).toContain(name);
    expect(violations[0]).toContain(reason);
  });

  it.each([
    ['engine/a.ts', `import { LabError } from '../core/errors.ts';`],
    ['engine/model/a.ts', `import { b } from '../b.ts';`],
    ['app/views/a.tsx', `import type { Host } from '../../worker/host.ts';`],
    ['app/views/a.tsx', `import { type Host } from '../../worker/host.ts';`],
    ['app/client.ts', `new Worker(new URL('../worker/lab.ts', import.meta.url), { type: 'module' });`],
    ['platform/node/a.ts', `import type { ImageDecoder } from '../../data/types.ts';`],
    ['platform/node/a.ts', `import { readFile } from 'node:fs/promises';`],
    ['platform/browser/a.ts', `import url from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';`],
    ['cli/a.ts', `import { argv } from 'node:process';`],
  ])('allows in %s: %s', (name, source) => {
    expect(checkArrows(sourceTree({ [name]: source }))).toEqual({ files: 1, violations: [] });
  });

  it('covers every folder of src', () => {
    expect(Object.keys(ARROWS).sort()).toEqual(
      ['app', 'cli', 'core', 'data', 'engine', 'formats', 'kernels', 'platform', 'platform/browser', 'platform/node', 'session', 'worker'],
    );
  });
});
