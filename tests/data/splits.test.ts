import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planTasks, type SplitConfig } from '../../src/data/splits.ts';
import type { DatasetInfo } from '../../src/data/types.ts';
import { builtinReader } from '../../src/data/procedural.ts';

function dataset(id: string, ids: readonly string[], extra: Partial<DatasetInfo> = {}): DatasetInfo {
  return {
    id,
    name: `Data ${id}`,
    kind: 'folder',
    source: 'test',
    imageSize: 64,
    channels: 3,
    classes: ids.map((c) => ({ id: c, name: c, trainCount: 3, testCount: 1 })),
    sizeBytes: 0,
    skipped: { count: 0, ignored: 0, entries: [] },
    ...extra,
  };
}

const config = (change: Partial<SplitConfig>): SplitConfig => ({
  dataset: 'a', tasks: 2, classesPerTask: 2, seed: 0, split: 'random', manualTasks: null, ...change,
});
const ids = (tasks: ReturnType<typeof planTasks>): string[][] => tasks.map((task) => task.map((ref) => ref.info.id));
const LETTERS = [...'abcdefghijklmnop'];

describe('planTasks', () => {
  it('deals every class at most once, n × m of them, whatever order the archive listed them in', () => {
    const cases = fc.record({
      letters: fc.shuffledSubarray(LETTERS, { minLength: 4 }),
      tasks: fc.integer({ min: 1, max: 8 }),
      classesPerTask: fc.integer({ min: 2, max: 8 }),
      seed: fc.nat(),
      split: fc.constantFrom('random' as const, 'ordered' as const, 'semantic' as const),
    });
    fc.assert(
      fc.property(cases, ({ letters, tasks, classesPerTask, seed, split }) => {
        fc.pre(tasks * classesPerTask <= letters.length);
        const settings = config({ tasks, classesPerTask, seed, split });
        const plan = ids(planTasks([dataset('a', letters)], settings));
        expect(plan.map((task) => task.length)).toEqual(new Array(tasks).fill(classesPerTask));
        expect(new Set(plan.flat()).size).toBe(tasks * classesPerTask);
        expect(ids(planTasks([dataset('a', letters.toSorted())], settings))).toEqual(plan);
      }),
    );
  });

  it('gives the pinned classes for a seed', () => {
    const plan = planTasks([builtinReader().info], config({ dataset: 'builtin', tasks: 4, classesPerTask: 5 }));
    expect(ids(plan)).toEqual([
      ['checked-triangle', 'checked-crescent', 'dotted-triangle', 'striped-square', 'ringed-triangle'],
      ['checked-star', 'striped-disc', 'checked-square', 'plain-cross', 'checked-ring'],
      ['plain-square', 'ringed-ring', 'dotted-ring', 'plain-star', 'dotted-square'],
      ['striped-ring', 'checked-heart', 'ringed-star', 'ringed-disc', 'plain-disc'],
    ]);
  });

  it('follows the seed', () => {
    const plans = [0, 1, 2, 3].map((seed) => JSON.stringify(ids(planTasks([dataset('a', LETTERS)], config({ seed, tasks: 4, classesPerTask: 4 })))));
    expect(new Set(plans).size).toBe(4);
  });

  it('cuts in order of ids', () => {
    expect(ids(planTasks([dataset('a', ['d', 'b', 'a', 'c'])], config({ split: 'ordered' })))).toEqual([['a', 'b'], ['c', 'd']]);
  });

  it('groups built-in classes by shape, or by fill where tasks have eight classes', () => {
    const byShape = planTasks([builtinReader().info], config({ dataset: 'builtin', split: 'semantic', tasks: 8, classesPerTask: 5 }));
    for (const task of byShape) expect(new Set(task.map((ref) => ref.info.id.split('-')[1])).size).toBe(1);
    const byFill = planTasks([builtinReader().info], config({ dataset: 'builtin', split: 'semantic', tasks: 5, classesPerTask: 8 }));
    for (const task of byFill) expect(new Set(task.map((ref) => ref.info.id.split('-')[0])).size).toBe(1);
  });

  it('groups wnids by their place in the taxonomy and other names by head noun', () => {
    const wnids = ['n07768694', 'n01784675', 'n07720875', 'n01882714'];
    const animalsAndFood = ids(planTasks([dataset('a', wnids)], config({ split: 'semantic' })));
    expect(animalsAndFood.toSorted()).toEqual([['n01784675', 'n01882714'], ['n07720875', 'n07768694']]);
    const named = dataset('a', ['1', '2', '3', '4']);
    const words = ['golden retriever, dog', 'tabby cat', 'Labrador retriever', 'black cat'];
    const grouped = ids(planTasks([{ ...named, classes: named.classes.map((c, i) => ({ ...c, name: words[i]! })) }], config({ split: 'semantic' })));
    expect(grouped.toSorted()).toEqual([['1', '3'], ['2', '4']]);
  });

  it('takes classes by hand, from other datasets too', () => {
    const plan = planTasks([dataset('a', ['x', 'y:z']), dataset('b', ['x', 'w'])], config({ split: 'manual', manualTasks: [['x', 'b:x'], ['b:w', 'y:z']] }));
    expect(plan.map((task) => task.map((ref) => `${ref.dataset}/${ref.info.id}`))).toEqual([['a/x', 'b/x'], ['b/w', 'a/y:z']]);
  });

  const a = dataset('a', ['w', 'x', 'y', 'z']);
  const untested = { ...a, classes: a.classes.map((c) => ({ ...c, testCount: 0 })) };
  it.each<[string, readonly DatasetInfo[], Partial<SplitConfig>, string, RegExp]>([
    ['an unknown dataset', [a], { dataset: 'q' }, 'data-missing', /“q”.*a/],
    ['too many classes', [a], { tasks: 3 }, 'data-mismatch', /3 tasks of 2 classes need 6 classes, but “Data a” has 4/],
    ['a class without test images', [untested], {}, 'class-too-small', /3 training and 0 test/],
    ['an unknown class', [a], { split: 'manual', manualTasks: [['w', 'v']] }, 'data-missing', /no class “v”/],
    ['a class twice', [a], { split: 'manual', manualTasks: [['w', 'x'], ['y', 'w']] }, 'config-conflict', /“w”.*task 1.*task 2/],
    ['a task of one class', [a], { split: 'manual', manualTasks: [['w', 'x'], ['y']] }, 'config-conflict', /Task 2 has 1 class;/],
    ['no tasks by hand', [a], { split: 'manual', manualTasks: [] }, 'config-conflict', /no classes are assigned/],
    ['meaning without words', [dataset('a', ['0', '1', '2', '3'])], { split: 'semantic' }, 'config-conflict', /no words/],
  ])('refuses %s', (_, catalogue, change, code, message) => {
    expect(() => planTasks(catalogue, config(change))).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error);
  });
});
