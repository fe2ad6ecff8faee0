/** Checkpoints lie tensor by tensor: whole or not at all whatever happens while they are kept, and read no further than asked. */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { DEFAULT_CONFIG } from '../../src/core/config.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import type { HostParams } from '../../src/engine/model/params.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { storedSource } from '../../src/formats/named-tensors.ts';
import { checkpointSource, readCheckpoint, type Checkpoint } from '../../src/session/checkpoint.ts';
import { runLock } from '../../src/session/checkpoint-store.ts';
import { fleetingStore } from '../../src/session/fleeting-store.ts';
import { newRecord, RunStore, type RunRecord } from '../../src/session/run-record.ts';
import { MemoryStore } from '../helpers/session.ts';

/** More than a part and less than two: 10 MB. */
const LARGE = 2_500_000;

function values(length: number, seed: number): Float32Array {
  // A window of a larger array, as weights on a device give them: the rest of it is nobody's business.
  const around = new Float32Array(length + 2);
  const own = around.subarray(1, length + 1);
  for (let i = 0; i < length; i++) own[i] = seed + i / 3;
  own[0] = -0;
  return own;
}

const params = (seed: number, sizes: Readonly<Record<string, number>>): HostParams =>
  new Map(Object.entries(sizes).map(([name, length], i) => [name, { shape: [length], values: values(length, seed + 100 * i) }]));

function checkpointAfter(tasks: number, seed: number, large = 50): Checkpoint {
  const sizes = { 'a.weight': 50, 'a.bias': 3 };
  const each = Array.from({ length: tasks }, (_, k) => k);
  return {
    network: { backbone: params(seed, { ...sizes, 'a.weight': large }), heads: each.map((k) => params(seed + k, { 'fc.weight': 8, 'fc.bias': 2 })) },
    omega: params(seed + 1, sizes),
    anchor: params(seed + 2, sizes),
    running: new Map([['fisher', params(seed + 3, sizes)]]),
    then: each.map((k) => ({ classes: 2, logits: values(4, k) })),
    now: each.map((k) => ({ classes: 2, logits: values(4, seed + k) })),
    labels: each.map(() => Uint16Array.of(0, 1)),
    winners: each.map(() => Uint16Array.of(1, 1)),
    topSets: each.map((k) => (k === 0 ? Uint32Array.of(0xffffffff, seed) : null)),
  };
}

function recordAfter(tasks: number, id = 'r'): RunRecord {
  const record = newRecord({ backendName: () => 'test', date: () => '2024-01-01', newId: () => id }, DEFAULT_CONFIG, [], null);
  record.finishedTasks = tasks;
  return record;
}

/** Counts what is done to it, and refuses everything, or writing alone, after so many changes. */
class MortalStore extends MemoryStore {
  changes = 0;
  changesLeft = Infinity;
  refuses: 'all' | 'writes' = 'all';
  readonly got: string[] = [];

  override async get(key: string): Promise<unknown> {
    if (this.changesLeft < 0 && this.refuses === 'all') throw new Error('crashed');
    this.got.push(key);
    return super.get(key);
  }
  override async setMany(entries: readonly (readonly [string, unknown])[]): Promise<void> {
    this.change('writes');
    return super.setMany(entries);
  }
  override async delete(keys: readonly string[]): Promise<void> {
    this.change('all');
    return super.delete(keys);
  }
  private change(kind: 'all' | 'writes'): void {
    this.changes += 1;
    if (this.refuses === 'writes' && kind === 'all') return;
    if ((this.changesLeft -= 1) >= 0) return;
    throw this.refuses === 'writes' ? new LabError('storage-full', 'No room.', 'Make some.') : new Error('crashed');
  }
}

const storeOf = (blobs: MemoryStore): RunStore => new RunStore(blobs, memoryLocks());

async function save(runs: RunStore, checkpoint: Checkpoint, id = 'r'): Promise<void> {
  await runs.saveTask(recordAfter(checkpoint.network.heads.length, id), checkpointSource(checkpoint));
}

/** Element by element would take seconds. */
function expectSame(found: Checkpoint, expected: Checkpoint, when = 'always'): void {
  expect(isDeepStrictEqual(found, expected), when).toBe(true);
}

const load = async (blobs: MemoryStore, tasks: number, id = 'r'): Promise<Checkpoint> => readCheckpoint(await storeOf(blobs).checkpoint(id, tasks));

/** How many changes keeping this checkpoint takes, in a store that has these entries. */
async function changesOf(entries: ReadonlyMap<string, unknown>, checkpoint: Checkpoint): Promise<number> {
  const blobs = withEntries(entries);
  await save(storeOf(blobs), checkpoint);
  return blobs.changes;
}

function withEntries(entries: ReadonlyMap<string, unknown>): MortalStore {
  const blobs = new MortalStore();
  for (const [key, value] of entries) blobs.entries.set(key, value);
  return blobs;
}

describe('a checkpoint', () => {
  it('comes back bit by bit, large tensors in parts', async () => {
    const blobs = new MemoryStore();
    const checkpoint = checkpointAfter(2, 7, LARGE);
    await save(storeOf(blobs), checkpoint);
    const found = await load(blobs, 2);
    expect(found.network.heads).toHaveLength(2);
    expect(Object.is(found.network.backbone.get('a.weight')!.values[0], -0)).toBe(true);
    expectSame(found, checkpoint);
    const parts = [...blobs.entries].filter(([key]) => key.includes('/tensors/')).map(([, part]) => part as Uint8Array);
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(4 * LARGE);
    // Nothing but the values is stored: a view that took its buffer along would show here.
    expect(new Set(parts.map(({ buffer, length }) => buffer.byteLength - length))).toEqual(new Set([0]));
  });

  it('is read tensor by tensor, and its answers without any', async () => {
    const blobs = new MortalStore();
    await save(storeOf(blobs), checkpointAfter(1, 7, LARGE));
    blobs.got.length = 0;
    const { answers, tensors } = await storeOf(blobs).checkpoint('r', 1);
    expect(answers.now).toHaveLength(1);
    expect(blobs.got).toEqual(['run/r/kept/1']);
    await joinBytes(storedSource(tensors.find(({ name }) => name === 'backbone/a.weight')!));
    expect(blobs.got).toHaveLength(3);
  });

  it('says so where one of its tensors is gone', async () => {
    const blobs = new MemoryStore();
    await save(storeOf(blobs), checkpointAfter(1, 7));
    await blobs.delete([[...blobs.entries.keys()].find((key) => key.includes('/tensors/'))!]);
    await expect(load(blobs, 1)).rejects.toMatchObject({ code: 'run-missing', message: expect.stringContaining('backbone/a.weight') as string });
  });

  it('that a lab before stored as one value opens, and gives way to a new one', async () => {
    const blobs = new MemoryStore();
    const checkpoint = checkpointAfter(1, 7);
    await blobs.setMany([['run/r/after/1', checkpoint], ['run/r/record', recordAfter(1)]]);
    expectSame(await load(blobs, 1), checkpoint);
    await storeOf(blobs).cleanUp();
    expectSame(await load(blobs, 1), checkpoint);
    const newer = checkpointAfter(1, 8);
    await save(storeOf(blobs), newer);
    expectSame(await load(blobs, 1), newer);
    expect(blobs.entries.has('run/r/after/1')).toBe(false);
  });

  it('goes with its run, and takes nothing of another run along', async () => {
    const blobs = new MemoryStore();
    await save(storeOf(blobs), checkpointAfter(1, 7), 'other');
    const before = new Map(blobs.entries);
    await save(storeOf(blobs), checkpointAfter(1, 8));
    await save(storeOf(blobs), checkpointAfter(2, 9));
    await storeOf(blobs).delete('r');
    expect([...blobs.entries.keys()]).toEqual([...before.keys()]);
    expectSame(await load(blobs, 1, 'other'), checkpointAfter(1, 7));
  });
});

describe('keeping a checkpoint', () => {
  const first = checkpointAfter(1, 1, LARGE);

  async function afterFirst(): Promise<ReadonlyMap<string, unknown>> {
    const blobs = new MemoryStore();
    await save(storeOf(blobs), first);
    return blobs.entries;
  }

  it.each([['after another task', checkpointAfter(2, 2, LARGE)], ['in place of one', checkpointAfter(1, 2, LARGE)]])(
    '%s, cut off anywhere, leaves the earlier one whole and nothing behind',
    async (_, next) => {
      const before = await afterFirst();
      const tasks = next.network.heads.length;
      const changes = await changesOf(before, next);
      expect(changes).toBeGreaterThan(3);
      for (let cut = 0; cut < changes; cut++) {
        const blobs = withEntries(before);
        blobs.changesLeft = cut;
        await save(storeOf(blobs), next).catch(() => undefined);
        // The next visit.
        blobs.changesLeft = Infinity;
        await storeOf(blobs).cleanUp();
        const record = await storeOf(blobs).record('r');
        const { now } = await load(blobs, tasks).catch(() => first);
        const committed = now[0]!.logits[1] !== first.now[0]!.logits[1];
        expect(record.finishedTasks, `cut after ${cut}`).toBe(committed ? tasks : 1);
        if (tasks > 1 || !committed) expectSame(await load(blobs, 1), first, `cut after ${cut}`);
        if (committed) expectSame(await load(blobs, tasks), next, `cut after ${cut}`);
        const whole = withEntries(before);
        if (committed) await save(storeOf(whole), next);
        expect(blobs.entries.size, `cut after ${cut}`).toBe(whole.entries.size);
      }
    },
  );

  it('on a full disk changes nothing and says how much is wanted', async () => {
    const before = await afterFirst();
    const next = checkpointAfter(2, 2, LARGE);
    const total = checkpointSource(next).tensors.reduce((sum, tensor) => sum + storedSource(tensor).sizeBytes, 0);
    const changes = await changesOf(before, next);
    for (let fits = 0; fits < changes - 1; fits++) {
      const blobs = withEntries(before);
      blobs.refuses = 'writes';
      blobs.changesLeft = fits;
      const message = `No room. The state after task 2 takes ${(total / 1e6).toFixed(1)} MB in all.`;
      await expect(save(storeOf(blobs), next), `room for ${fits}`).rejects.toMatchObject({ code: 'storage-full', message });
      expect(new Set(blobs.entries.keys()), `room for ${fits}`).toEqual(new Set(before.keys()));
    }
  });

  it('in another tab is not disturbed by tidying up', async () => {
    const blobs = new MemoryStore();
    const locks = memoryLocks();
    const runs = new RunStore(blobs, locks);
    await save(runs, first);
    const orphan = 'run/r/tensors/cut-off/0';
    await blobs.set(orphan, Uint8Array.of(1));
    await locks.exclusive(runLock('r'), () => runs.cleanUp());
    expect(blobs.entries.has(orphan)).toBe(true);
    await runs.cleanUp();
    expect(blobs.entries.has(orphan)).toBe(false);
    expectSame(await load(blobs, 1), first);
  });
});

describe('a store for runs that nobody opens again', () => {
  it('has of each the newest checkpoint alone', async () => {
    const blobs = fleetingStore(new MemoryStore());
    const runs = new RunStore(blobs, memoryLocks());
    await save(runs, checkpointAfter(1, 1), 'other');
    await save(runs, checkpointAfter(1, 2));
    const size = (await blobs.keys()).length;
    await save(runs, checkpointAfter(2, 3));
    // A second head is a second tensor of two; all else took the place of what was there.
    expect(await blobs.keys()).toHaveLength(size + 2);
    expect(await runs.findCheckpoint('r', 1)).toBeNull();
    for (const [id, tasks, seed] of [['r', 2, 3], ['other', 1, 1]] as const) {
      expectSame(await readCheckpoint(await runs.checkpoint(id, tasks)), checkpointAfter(tasks, seed));
    }
  });
});
