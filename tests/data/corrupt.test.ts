import { describe, expect, it } from 'vitest';
import { LabError } from '../../src/core/errors.ts';
import { importFiles } from '../../src/data/import-files.ts';
import type { ImageStore } from '../../src/data/image-store.ts';
import { readShared, readSharedJson } from '../helpers/shared.ts';
import { CORRUPT_CASES } from './corrupt-cases.ts';
import { bytesSource, memoryStore, sameSnapshot, snapshot } from './memory-store.ts';

const files = (names: readonly string[]) => names.map((name) => ({ path: name, source: bytesSource(name, readShared(`data/corrupt/${name}`)) }));

/** Imports MNIST's first thousand, so that there is something to lose. */
const importBefore = (store: ImageStore) =>
  importFiles(
    ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'].map((name) => ({
      path: name.replace('t10k', 'digits'),
      source: bytesSource(name.replace('t10k', 'digits'), readShared(`data/mnist-mini/${name}`)),
    })),
    store,
  );

describe('files with something wrong', () => {
  it('covers every row of expect.json', () => {
    const rows = readSharedJson<{ files: Record<string, unknown> }>('data/corrupt/expect.json');
    expect(CORRUPT_CASES.map((c) => c.files[0]).toSorted()).toEqual(Object.keys(rows.files).toSorted());
  });

  it.each(CORRUPT_CASES)('$files.0 is $outcome', async (row) => {
    const { store, blobs } = memoryStore();
    await importBefore(store);
    const before = snapshot(blobs);

    if (row.outcome === 'refused') {
      const error: unknown = await importFiles(files(row.files), store).then(() => null, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(LabError);
      expect((error as LabError).message).toMatch(row.says);
      expect(sameSnapshot(snapshot(blobs), before)).toBe(true);
    } else {
      const { dataset } = await importFiles(files(row.files), store);
      expect(dataset?.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(row.train);
      expect(dataset?.classes.reduce((sum, c) => sum + c.testCount, 0)).toBe(row.test);
      expect(dataset?.classes).toHaveLength(row.classes);
      expect(dataset?.skipped.count).toBe(row.skipped.length);
      expect(dataset?.skipped.ignored).toBe(row.ignored);
      row.skipped.forEach((name, i) => {
        if (typeof name === 'string') expect(dataset?.skipped.entries.map((e) => e.name)).toContain(name);
        else expect(dataset?.skipped.entries[i]!.name).toMatch(name);
      });
      for (const entry of dataset!.skipped.entries) expect(entry.reason).toMatch(row.says);
      for (const [key, value] of before) expect(sameSnapshot(new Map([['', blobs.map.get(key)]]), new Map([['', value]]))).toBe(true);
    }

    const good = await importFiles(files(['good.zip']), store);
    expect(good.dataset?.classes.reduce((sum, c) => sum + c.trainCount, 0)).toBe(12);
    const digits = (await store.list())[0]!;
    const images = await (await store.reader(digits.id)).readClass('7', 'train');
    expect(images.offsets.length - 1).toBe(digits.classes.find((c) => c.id === '7')!.trainCount);
  });
});
