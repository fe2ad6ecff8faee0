import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/core/config.ts';
import type { ImportanceSummary } from '../../src/core/importance-summary.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import type { DatasetReader } from '../../src/data/types.ts';
import { DatasetTasks } from '../../src/session/dataset-tasks.ts';
import { useBackend } from '../helpers/backends.ts';
import { eventsOf, MemoryStore, noDecoder, testSession, TINY, type TestSession } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

const CONFIG: RunConfig = { ...TINY, model: 'mlp', importanceImages: 8 };

/** Ω per layer, without what depends on time. */
const layers = ({ session }: TestSession): ImportanceSummary['layers'][] => session.currentRecord!.importances.map((summary) => summary.layers);

async function trained(change: Partial<RunConfig>): Promise<TestSession> {
  const home = builtinReader({ trainCount: 8, testCount: 6 });
  const other: DatasetReader = { ...builtinReader({ trainCount: 8, testCount: 6 }), info: { ...home.info, id: 'own-photos', name: 'Own photos' } };
  const provider = new DatasetTasks({ list: async () => [home.info, other.info], reader: async (id) => (id === 'own-photos' ? other : home) }, noDecoder);
  const test = testSession(new MemoryStore(), undefined, provider);
  await test.session.dispatch({ kind: 'start', config: { ...CONFIG, ...change }, scope: 'all' });
  await test.session.settled();
  expect(eventsOf(test.events, 'error')).toEqual([]);
  return test;
}

/** Class ids of the two tasks. */
async function classes(): Promise<string[][]> {
  return (await trained({ method: 'finetune' })).session.currentRecord!.tasks.map((task) => task.classes.map(({ id }) => id));
}

describe('importance measured elsewhere', () => {
  it('on another dataset equals the same images of the task itself, and needs none of its labels', async () => {
    const [[first], [second]] = (await classes()) as [[string], [string]];
    const chosen = `${first}, ${second}`;
    const here = layers(await trained({ importanceClasses: chosen }));
    // The first task's class alone in the other dataset: eight images, as here.
    const there = layers(await trained({ importanceSource: 'dataset', importanceDataset: 'own-photos', importanceClasses: first }));
    expect(there[0]).toEqual(here[0]);
    expect(there[1]).not.toEqual(here[1]);
    expect(layers(await trained({}))[0]).not.toEqual(here[0]);
  });

  it('on all of another dataset takes images of every class', async () => {
    const { session } = await trained({ importanceSource: 'dataset', importanceDataset: 'own-photos', importanceImages: 80 });
    expect(session.currentRecord!.importances.every(({ maxOmega }) => maxOmega > 0)).toBe(true);
    const sampled = await trained({ method: 'ewc', fisherLabels: 'sampled', importanceSource: 'dataset', importanceDataset: 'own-photos' });
    expect(sampled.session.currentRecord!.importances).toHaveLength(2);
  });
});

describe('refused before anything is trained', () => {
  const refusal = (change: Partial<RunConfig>): Promise<unknown> => trained(change).then(() => null, (error: unknown) => error);

  it.each([
    [{ importanceSource: 'dataset' }, 'config-conflict', 'none is named'],
    [{ importanceSource: 'dataset', importanceDataset: 'nowhere' }, 'data-missing', '“nowhere”'],
    [{ importanceSource: 'dataset', importanceDataset: 'own-photos', importanceClasses: 'unicorn' }, 'data-missing', '“unicorn”'],
    [{ importanceSource: 'dataset', importanceDataset: 'own-photos', method: 'ewc' }, 'config-conflict', 'true labels'],
    [{ importanceClasses: 'unicorn' }, 'data-missing', '“unicorn”'],
  ] as [Partial<RunConfig>, string, string][])('%j', async (change, code, words) => {
    expect(await refusal(change)).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('a task that has none of the classes chosen, by its number', async () => {
    const [first] = await classes();
    expect(await refusal({ importanceClasses: first!.join(',') })).toMatchObject({ code: 'importance-empty', message: expect.stringContaining('Task 2') });
    // A method that measures nothing does not care.
    expect(await refusal({ method: 'finetune', importanceClasses: first!.join(',') })).toBeNull();
  });
});
