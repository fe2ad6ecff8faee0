/** The self-check as a whole: what it tells meanwhile, that it can be stopped, and that nothing else uses the device beside it. */
import { beforeAll, expect, it } from 'vitest';
import type { SelfCheckProgress } from '../../src/core/self-check-report.ts';
import { runSelfCheck } from '../../src/session/self-check.ts';
import { useBackend } from '../helpers/backends.ts';

beforeAll(() => useBackend('wasm'));

async function checked(stopAfter: number): Promise<{ findings: Awaited<ReturnType<typeof runSelfCheck>>; told: SelfCheckProgress[] }> {
  const controller = new AbortController();
  const told: SelfCheckProgress[] = [];
  const findings = await runSelfCheck('wasm', {
    signal: controller.signal,
    onProgress: (progress) => {
      told.push(progress);
      if (progress.done >= stopAfter) controller.abort();
    },
    breathe: async () => undefined,
    now: () => performance.now(),
  });
  return { findings, told };
}

it('tells of every case, in order, with all that was found until then', async () => {
  const { findings, told } = await checked(Infinity);
  expect(findings.complete).toBe(true);
  expect([...findings.kernels, ...findings.numbers].filter(({ right }) => !right)).toEqual([]);
  const total = findings.kernels.length + findings.numbers.length + 1;
  expect(told.every((progress) => progress.total === total)).toBe(true);
  expect([...new Set(told.map(({ part }) => part))]).toEqual(['kernels', 'network', 'timing']);
  expect(new Set(told.map(({ done }) => done))).toEqual(new Set(Array.from({ length: total }, (_, done) => done)));
  for (const progress of told) expect(progress.findings.kernels.length + progress.findings.numbers.length).toBe(progress.done);
});

it.each([0, 3, 45])('ends where it is stopped after %i cases, and keeps what it found', async (count) => {
  const { findings, told } = await checked(count);
  expect(findings.complete).toBe(false);
  expect(findings.timing).toBeNull();
  expect(findings.kernels.length + findings.numbers.length).toBe(count);
  expect(told.at(-1)!.done).toBe(count);
});
