/** A session in Node on few built-in images, with its events kept. */
import { DEFAULT_CONFIG, type RunConfig } from '../../src/core/config.ts';
import type { LabEvent } from '../../src/core/protocol.ts';
import { builtinReader } from '../../src/data/procedural.ts';
import { memoryLocks } from '../../src/data/locks.ts';
import type { BlobStore, ImageDecoder } from '../../src/data/types.ts';
import { DatasetTasks } from '../../src/session/dataset-tasks.ts';
import type { TaskProvider } from '../../src/session/task-provider.ts';
import { Session, type SessionHost } from '../../src/session/session.ts';

export class MemoryStore implements BlobStore {
  readonly entries = new Map<string, unknown>();

  async get(key: string): Promise<unknown> {
    return structuredClone(this.entries.get(key));
  }
  async set(key: string, value: unknown): Promise<void> {
    this.entries.set(key, structuredClone(value));
  }
  async setMany(entries: readonly (readonly [string, unknown])[]): Promise<void> {
    for (const [key, value] of entries) this.entries.set(key, structuredClone(value));
  }
  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.entries.delete(key);
  }
  async keys(): Promise<string[]> {
    return [...this.entries.keys()];
  }
}

/** The built-in images are raw, so nothing is ever decoded. */
export const noDecoder: ImageDecoder = {
  decode: () => Promise.reject(new Error('nothing to decode')),
};

/** Two tasks of two classes, one epoch of two steps each. */
export const TINY: RunConfig = { ...DEFAULT_CONFIG, tasks: 2, classesPerTask: 2, epochs: 1, batchSize: 8, importanceImages: 4 };

export interface TestSession {
  readonly session: Session;
  readonly store: MemoryStore;
  readonly events: LabEvent[];
  readonly provider: TaskProvider;
}

/** Few of the built-in images, as tasks. */
function tinyTasks(): TaskProvider {
  const reader = builtinReader({ trainCount: 8, testCount: 6 });
  return new DatasetTasks({ list: async () => [reader.info], reader: async () => reader }, noDecoder);
}

export function testSession(store = new MemoryStore(), onEvent: (event: LabEvent) => void = () => undefined, provider = tinyTasks(), tune: SessionHost['tune'] = async () => undefined): TestSession {
  const events: LabEvent[] = [];
  let clock = 0;
  let ids = store.entries.size;
  const session = new Session({
    store,
    locks: memoryLocks(),
    provider,
    backendName: () => 'test',
    emit: (event) => {
      events.push(structuredClone(event));
      onEvent(event);
    },
    now: () => (clock += 1),
    date: () => '2024-01-01T00:00:00.000Z',
    newId: () => `run-${(ids += 1)}`,
    breathe: () => new Promise((resolve) => setImmediate(resolve)),
    tune,
  });
  return { session, store, events, provider };
}

export function eventsOf<K extends LabEvent['kind']>(events: readonly LabEvent[], kind: K): Extract<LabEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<LabEvent, { kind: K }> => event.kind === kind);
}
