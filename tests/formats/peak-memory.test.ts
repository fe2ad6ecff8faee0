/** What a process really takes at its highest while it reads files made to be greedy: four times the file, itself included. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { temporaryFolder } from '../interop/folders.ts';
import { GREEDY_FILES, halves } from './greedy-files.ts';
import type { PeakReport } from './peak-reader.ts';

/** What a process of Node takes and gives back by itself meanwhile: pages of its heap, compiled code. */
const NOISE_BYTES = 6 * 2 ** 20;
const FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--import', pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href];

const folder = temporaryFolder();

function peakOf(file: Uint8Array): PeakReport {
  const path = join(folder, 'greedy');
  writeFileSync(path, file);
  return JSON.parse(execFileSync(process.execPath, [...FLAGS, join(import.meta.dirname, 'peak-reader.ts'), path], { encoding: 'utf8' })) as PeakReport;
}

describe('memory at its highest', () => {
  it.each(Object.entries(GREEDY_FILES))('of a file of %s', (_, make) => {
    const { fileBytes, peakBytes } = peakOf(make());
    expect(peakBytes, `${fileBytes} bytes of file`).toBeLessThan(3 * fileBytes + NOISE_BYTES);
  });

  it('is seen: halves take twice their file', () => {
    const { fileBytes, peakBytes, refused } = peakOf(halves());
    expect(refused).toBeNull();
    expect(peakBytes).toBeGreaterThan(1.8 * fileBytes);
    expect(peakBytes).toBeLessThan(3 * fileBytes + NOISE_BYTES);
  });
});
