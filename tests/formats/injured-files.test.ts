/**
 * Damaged files: whatever the bytes, a reader returns tensors or throws a LabError that names the file; within a second,
 * with at most three times the file in memory besides it (`peak-memory.test.ts` has large files), and without a call outside the
 * allow-list.
 */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/setup/command.mjs';
import { ALLOWED, FILES } from './expected-files.ts';
import type { SurvivalReport } from './survivor.ts';

const ROUNDS = 100_000;
const ACCEPTED = FILES.filter(([, { parse }]) => parse === 'accept').map(([name, { container }], i) => ({ name, container, lane: i % availableParallelism() }));
const IMPORTS = ['node_modules/tsx/dist/loader.mjs', 'tests/formats/record-globals.mjs'].flatMap((path) => ['--import', pathToFileURL(join(ROOT, path)).href]);

const run = promisify(execFile);

/** As many at a time as there are cores: each keeps one busy. */
const lanes: Promise<unknown>[] = Array.from({ length: availableParallelism() }, () => Promise.resolve());

async function survival(name: string, lane: number): Promise<SurvivalReport> {
  const report = lanes[lane]!.then(async () => {
    const { stdout } = await run(process.execPath, [...IMPORTS, join(import.meta.dirname, 'survivor.ts'), name, String(ROUNDS)]);
    return JSON.parse(stdout) as SurvivalReport;
  });
  // One that fails must not keep those behind it from their turn; its own test tells of it.
  lanes[lane] = report.catch(() => undefined);
  return report;
}

describe(`${ROUNDS.toLocaleString('en')} random injuries and truncation at every byte`, () => {
  it.concurrent.each(ACCEPTED)('$name', { timeout: 1_800_000 }, async ({ name, container, lane }) => {
    const { acceptedLengths, rounds, survived, mostBeyondBudget, wrong, reached } = await survival(name, lane);
    expect(acceptedLengths).toEqual([]);
    expect(wrong).toEqual([]);
    expect(mostBeyondBudget).toBeLessThanOrEqual(0);
    expect(rounds).toBe(ROUNDS);
    // Injuries that all die at the door would test nothing behind it.
    expect(survived).toBeGreaterThan(ROUNDS / 1000);
    expect(reached.filter((global) => !ALLOWED.includes(global))).toEqual([]);
    // Else the record would be of nothing; one file is a list of numbers.
    if (container !== 'safetensors' && name !== 'not_a_dict.pth') expect(reached).not.toEqual([]);
  });
});
