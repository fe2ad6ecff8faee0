import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { formatTaskLists, parseConfig, sameValue } from '../../src/core/config-text.ts';
import { readLink, writeLink } from '../../src/app/state/config-url.ts';
import { classPlace, classRef, handSplit, moveClasses, removeTask, shiftTask } from '../../src/app/state/hand-split.ts';

describe('moving classes by hand', () => {
  const tasks = [['a', 'b'], ['c', 'other:d']];

  it('takes them out of where they were and puts them last, in the order given', () => {
    expect(moveClasses(tasks, ['c', 'a'], { kind: 'task', task: 0 })).toEqual([['b', 'c', 'a'], ['other:d']]);
    expect(moveClasses(tasks, ['b', 'other:d'], { kind: 'new' })).toEqual([['a'], ['c'], ['b', 'other:d']]);
    expect(moveClasses(tasks, ['a'], { kind: 'unused' })).toEqual([['b'], ['c', 'other:d']]);
    expect(tasks).toEqual([['a', 'b'], ['c', 'other:d']]);
  });

  it('removes and reorders tasks', () => {
    expect(removeTask(tasks, 0)).toEqual([['c', 'other:d']]);
    expect(shiftTask(tasks, 0, 1)).toEqual([['c', 'other:d'], ['a', 'b']]);
    expect(shiftTask(tasks, 0, -1)).toEqual(tasks);
  });

  it('names classes of other datasets by their dataset', () => {
    for (const [dataset, classId] of [['home', 'a'], ['other', 'd']] as const) expect(classPlace('home', classRef('home', dataset, classId))).toEqual({ dataset, classId });
  });
});

describe('a split by hand in a link', () => {
  it('comes back as it was, whatever the class ids', () => {
    const config = { ...DEFAULT_CONFIG, ...handSplit([['a,b', 'c/d', '100%'], ['e f', 'tiny:n01443537', 'é;&=+']]) };
    const link = readLink(writeLink(config, 'auto', new Set()));
    expect(link.errors).toEqual([]);
    expect(link.config).toEqual(config);
    expect(sameValue(link.config, config, 'manualTasks')).toBe(true);
    expect(link.config).toMatchObject({ split: 'manual', tasks: 2, classesPerTask: 3 });
  });

  it('counts its tasks itself, on the command line too', () => {
    const flags = new Map([['classes', 'a,b/c,d,e/f,g'], ['split', 'manual']]);
    const config = parseConfig(({ flag }) => flags.get(flag) ?? null, DEFAULT_CONFIG, ({ flag }) => flag);
    expect(config).toMatchObject({ manualTasks: [['a', 'b'], ['c', 'd', 'e'], ['f', 'g']], tasks: 3, classesPerTask: 3 });
    expect(formatTaskLists(config.manualTasks!)).toBe('a,b/c,d,e/f,g');
  });

  it('is refused where it says nothing', () => {
    expect(readLink('?split=manual').errors[0]).toMatchObject({ code: 'config-conflict', message: expect.stringContaining('no classes are assigned') as string });
    expect(readLink('?classes=%25zz&split=manual').errors[0]).toMatchObject({ code: 'config-unknown', message: expect.stringContaining('percent sign') as string });
  });
});
