import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { ensureSite } from '../../scripts/setup/site.mjs';

const DIST = join(ROOT, 'dist');
const LIMIT_BYTES = 250 * 1024;
/** Words that TensorFlow.js cannot be bundled without. */
const TFJS = /KernelBackend|registerKernel|tfjs/;

/** The scripts that the page loads before it can show anything: the entry and what it imports statically. */
function firstScripts(): string[] {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const queue = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map((match) => match[1]!);
  const seen = new Set<string>();
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const source = readFileSync(join(DIST, name), 'utf8');
    for (const match of source.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) queue.push(join('assets', match[1]!));
  }
  return [...seen];
}

describe('the built site', () => {
  beforeAll(() => ensureSite());

  it('has an entry', () => {
    expect(firstScripts().length).toBeGreaterThan(0);
  });

  it('keeps TensorFlow.js out of the page: only the worker loads it', () => {
    const guilty = firstScripts().filter((name) => TFJS.test(readFileSync(join(DIST, name), 'utf8')));
    expect(guilty).toEqual([]);
    const workers = readdirSync(join(DIST, 'assets')).filter((name) => name.endsWith('.js') && TFJS.test(readFileSync(join(DIST, 'assets', name), 'utf8')));
    expect(workers, 'the pattern must find TensorFlow.js where it is').not.toEqual([]);
  });

  it(`loads at most ${LIMIT_BYTES / 1024} KB of JavaScript, gzipped, before the first screen`, () => {
    const sizes = firstScripts().map((name) => [name, gzipSync(readFileSync(join(DIST, name))).length] as const);
    const total = sizes.reduce((sum, [, size]) => sum + size, 0);
    expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(LIMIT_BYTES);
  });

  it('works from any folder: it asks for nothing by an absolute path', () => {
    const html = readFileSync(join(DIST, 'index.html'), 'utf8');
    expect([...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map((match) => match[1])).toEqual([]);
  });
});
