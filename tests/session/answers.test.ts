import { beforeAll, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../src/core/config.ts';
import { joinBytes } from '../../src/formats/byte-source.ts';
import { modelSpec } from '../../src/engine/model/models.ts';
import { downloadRun } from '../../src/session/run-download.ts';
import { FLIPS } from '../../src/core/task-report.ts';
import { flipOf } from '../../src/app/panels/flips.ts';
import { answersTo, cellImages, taskReport } from '../../src/session/task-report.ts';
import { useBackend } from '../helpers/backends.ts';
import { testSession, TINY, type TestSession } from '../helpers/session.ts';

beforeAll(() => useBackend('wasm'));

const CONFIG: RunConfig = { ...TINY, tasks: 3 };

async function trained(): Promise<TestSession> {
  const test = testSession();
  await test.session.dispatch({ kind: 'start', config: CONFIG, scope: 'all' });
  await test.session.settled();
  return test;
}

const logits = async ({ session }: TestSession, task: number) =>
  (await session.answers(task)).map(({ finishedTasks, predictions }) => [finishedTasks, [...predictions.logits]] as const);

describe('answers over time', () => {
  it('are those after every task since the image’s own, the last as now', async () => {
    const test = await trained();
    const first = await logits(test, 0);
    expect(first.map(([finished]) => finished)).toEqual([1, 2, 3]);
    expect((await logits(test, 2)).map(([finished]) => finished)).toEqual([3]);
    const { then, now } = (await test.session.judgement(0))!;
    expect(first[0]![1]).toEqual([...then.logits]);
    expect(first[2]![1]).toEqual([...now.logits]);
    expect(first[1]![1]).not.toEqual(first[2]![1]);
    const one = answersTo(test.session.currentRecord!, await test.session.answers(0), 1);
    for (const { probabilities } of one) expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(one[0]!.winner!.task).toBe(0);
    const history = await test.session.answers(0);
    expect(() => answersTo(test.session.currentRecord!, history, 99)).toThrow(/no test image 99/);
  });

  it('go on through a branch, and lose only what was deleted with its origin', async () => {
    const test = await trained();
    const origin = test.session.currentRecord!.id;
    const before = await logits(test, 0);
    await test.session.dispatch({ kind: 'open-run', runId: origin, afterTask: 2, change: { lambda: 50 } });
    await test.session.dispatch({ kind: 'continue', scope: 'all' });
    await test.session.settled();
    const after = await logits(test, 0);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);

    // Looked at by a lab that has not seen them yet.
    const other = testSession(test.store);
    const branch = test.session.currentRecord!.id;
    await other.session.dispatch({ kind: 'delete-run', runId: origin });
    await other.session.dispatch({ kind: 'open-run', runId: branch, afterTask: 3, change: {} });
    expect(await logits(other, 0)).toEqual(after);
    expect((await logits(other, 1)).map(([finished]) => finished)).toEqual([2, 3]);
  });
});

describe('a stored run', () => {
  it('can be exported while another is current, as it was when it was current', async () => {
    const test = await trained();
    const origin = test.session.currentRecord!.id;
    const asCurrent = await downloadRun(test.session, { kind: 'run' }, 'safetensors');
    await test.session.dispatch({ kind: 'open-run', runId: origin, afterTask: 1, change: {} });
    const asStored = await downloadRun(test.session, { kind: 'run', runId: origin }, 'safetensors');
    expect(asStored.fileName).toBe(asCurrent.fileName);
    expect(Buffer.compare(await joinBytes(asStored.content), await joinBytes(asCurrent.content))).toBe(0);
    await expect(downloadRun(test.session, { kind: 'run', runId: 'gone' }, 'safetensors')).rejects.toMatchObject({ code: 'run-missing' });
  });
});

describe('a task’s report', () => {
  it('says which classes claim its images, in agreement with the class-incremental accuracy', async () => {
    const test = await trained();
    const record = test.session.currentRecord!;
    const { test: images } = await test.provider.load(CONFIG, 0, modelSpec(CONFIG.model, CONFIG.dropout), () => undefined, new AbortController().signal);
    const report = await taskReport(record, 0, await test.session.judgement(0), images);
    const claims = report.claims!;
    const right = claims.flatMap((rows, label) => rows.filter((row) => row.task === 0 && row.class === label)).reduce((sum, { count }) => sum + count, 0);
    expect(claims.flat().reduce((sum, { count }) => sum + count, 0)).toBe(images.length);
    expect(right / images.length).toBeCloseTo(record.classIncremental[2]![0]!, 10);
  });

  it('counts over all test images what was forgotten and kept, and shows some of each kind', async () => {
    const test = await trained();
    const { test: images } = await test.provider.load(CONFIG, 0, modelSpec(CONFIG.model, CONFIG.dropout), () => undefined, new AbortController().signal);
    const { flips, samples, confusionThen, confusionNow } = await taskReport(test.session.currentRecord!, 0, await test.session.judgement(0), images);
    const right = (counts: readonly (readonly number[])[]): number => counts.reduce((sum, row, label) => sum + row[label]!, 0);
    expect(flips.forgotten + flips.kept).toBe(right(confusionThen));
    expect(flips.gained + flips.kept).toBe(right(confusionNow));
    expect(FLIPS.reduce((sum, kind) => sum + flips[kind], 0)).toBe(images.length);
    for (const kind of FLIPS) expect(samples.filter((sample) => flipOf(sample) === kind), kind).toHaveLength(Math.min(12, flips[kind]));
  });

  it('opens each cell of its confusion matrix on as many images as it counts', async () => {
    const test = await trained();
    const { test: images } = await test.provider.load(CONFIG, 0, modelSpec(CONFIG.model, CONFIG.dropout), () => undefined, new AbortController().signal);
    const judgement = await test.session.judgement(0);
    const report = await taskReport(test.session.currentRecord!, 0, judgement, images);
    for (const moment of ['then', 'now'] as const) {
      const counts = moment === 'then' ? report.confusionThen : report.confusionNow;
      for (const [label, row] of counts.entries()) {
        for (const [said, count] of row.entries()) {
          const found = await cellImages(judgement, images, { label, said, moment });
          expect(found.map((sample) => sample.label)).toEqual(Array(count).fill(label));
        }
      }
    }
    await expect(cellImages(null, images, { label: 0, said: 0, moment: 'now' })).rejects.toMatchObject({ code: 'run-state' });
  });
});
