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

/** What a process of Node takes or gives back by itself meanwhile: pages of its heap, compiled code. */
const NOISE_BYTES = 6 * 2 ** 20;
/** The collector may run late in one process. What a file makes the reader take is taken in every one. */
const PROCESSES = 3;
/** So large that what must be seen of it stands far above the noise. */
const HALVES_BYTES = 32_000_000;
const FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--import', pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href];

const folder = temporaryFolder();

function peakOf(file: Uint8Array): PeakReport {
  const path = join(folder, 'greedy');
  writeFileSync(path, file);
  return JSON.parse(execFileSync(process.execPath, [...FLAGS, join(import.meta.dirname, 'peak-reader.ts'), path], { encoding: 'utf8' })) as PeakReport;
}

/** The least that any of a few processes took at its highest; the first that keeps to the limit ends the search. */
function leastPeakOf(file: Uint8Array, limitBytes: number): number {
  let least = Infinity;
  for (let tried = 0; tried < PROCESSES && least >= limitBytes; tried++) least = Math.min(least, peakOf(file).peakBytes);
  return least;
}

describe('memory at its highest', () => {
  it.each(Object.entries(GREEDY_FILES))('of a file of %s', async (_, make) => {
    const file = await make();
    const limitBytes = 3 * file.length + NOISE_BYTES;
    expect(leastPeakOf(file, limitBytes), `${file.length} bytes of file`).toBeLessThan(limitBytes);
  });

  it('is seen: halves take twice their file', async () => {
    const { fileBytes, peakBytes, refused } = peakOf(await halves(HALVES_BYTES));
    expect(refused).toBeNull();
    expect(peakBytes).toBeGreaterThan(2 * fileBytes - NOISE_BYTES);
    expect(peakBytes).toBeLessThan(3 * fileBytes + NOISE_BYTES);
  });
});
