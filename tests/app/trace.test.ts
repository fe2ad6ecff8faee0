import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xOf, yOf } from '../../src/app/charts/frame.ts';
import type { Frame } from '../../src/app/charts/frame.ts';
import { Trace } from '../../src/app/charts/trace.ts';

const FRAME: Frame = { x: 10, y: 5, width: 200, height: 100, xMin: 0, xMax: 1000, yMin: 0, yMax: 1, log: false };
const values = (count: number): number[] => Array.from({ length: count }, (_, i) => 0.5 + 0.5 * Math.sin(i * 1.7) * Math.sin(i / 90));
const steps = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** The points of a path, `done` and `tail` as one. */
function pointsOf(trace: Trace): string[] {
  const [done, tail] = [trace.done, trace.tail].map((path) => path.split(/[ML]/).slice(1));
  // The tail begins where what is done ends.
  return [...done!, ...(done!.length > 0 ? tail!.slice(1) : tail!)];
}

function drawn(ys: readonly number[], frame = FRAME): Trace {
  const trace = new Trace();
  trace.draw({ xs: steps(ys.length), ys, count: ys.length, revision: 0 }, frame);
  return trace;
}

describe('Trace', () => {
  it('gives the same path whether the points came one by one, in lots, or at once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 30 }), (lots) => {
        const grown = new Trace();
        const [xs, ys]: [number[], number[]] = [[], []];
        const all = values(lots.reduce((sum, lot) => sum + lot, 0));
        for (const lot of lots) {
          for (let i = 0; i < lot; i++) {
            xs.push(xs.length + 1);
            ys.push(all[ys.length]!);
          }
          grown.draw({ xs, ys, count: ys.length, revision: 0 }, FRAME);
        }
        const once = drawn(all);
        expect(pointsOf(grown)).toEqual(pointsOf(once));
        expect(grown.end).toEqual(once.end);
      }),
    );
  });

  it('keeps a spike, both ends, and at most four points a bucket', () => {
    const ys = values(900);
    ys[450] = 0.999;
    const points = pointsOf(drawn(ys));
    const at = (index: number): string => [xOf(FRAME, index + 1), yOf(FRAME, ys[index]!)].map((value) => Math.round(value * 10) / 10).join(' ');
    expect(points).toContain(at(450));
    expect(points[0]).toBe(at(0));
    expect(points.at(-1)).toBe(at(899));
    expect(points.length).toBeLessThanOrEqual(4 * 51);
  });

  it('joins the tail where what is done ends, and tells how far that is', () => {
    const trace = drawn(values(900));
    const joint = trace.done.split(/[ML]/).at(-1)!;
    expect(trace.tail.startsWith(`M${joint}L`)).toBe(true);
    const walked = trace.done.split(/[ML]/).slice(1).map((point) => point.split(' ').map(Number));
    const length = walked.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x! - walked[i]![0]!, y! - walked[i]![1]!), 0);
    expect(trace.doneLength).toBeCloseTo(length, 6);
  });

  it('starts again for another frame, other points, or fewer', () => {
    const ys = values(600);
    const xs = steps(600);
    const trace = drawn(ys);
    const zoomed: Frame = { ...FRAME, xMin: 200, xMax: 300 };
    trace.draw({ xs, ys, count: 600, revision: 0 }, zoomed);
    // One point beyond each edge.
    expect(pointsOf(trace)).toHaveLength(pointsOf(drawn(ys, zoomed)).length);
    expect(trace.end?.x).toBeCloseTo(210, 6);
    trace.draw({ xs, ys, count: 40, revision: 0 }, FRAME);
    expect(pointsOf(trace)).toEqual(pointsOf(drawn(ys.slice(0, 40))));
    const others = ys.map((value) => 1 - value);
    trace.draw({ xs, ys: others, count: 600, revision: 1 }, FRAME);
    expect(pointsOf(trace)).toEqual(pointsOf(drawn(others)));
  });

  it('takes another value for the newest point', () => {
    const ys = values(300);
    const trace = drawn(ys);
    ys[299] = 0.123;
    trace.draw({ xs: steps(300), ys, count: 300, revision: 0 }, FRAME);
    expect(pointsOf(trace)).toEqual(pointsOf(drawn(ys)));
  });

  it('draws nothing of an empty curve or one that ends before the frame', () => {
    expect(drawn([])).toMatchObject({ done: '', tail: '', end: null });
    expect(drawn(values(50), { ...FRAME, xMin: 500 }).end).toBeNull();
  });
});
