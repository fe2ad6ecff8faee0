/** Nothing on the page jumps: what appears while a run trains has its place before. */
import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** Share of the window that moved, times how far, over a whole visit; a tenth of what web vitals call good. */
const LIMIT = 0.01;

interface Shift {
  readonly value: number;
  /** What moved, from where to where. */
  readonly moved: readonly string[];
}

/** Runs in the page: every shift since it was opened, as the browser has kept them. */
function shiftsSoFar(): Promise<Shift[]> {
  const place = ({ x, y, width, height }: DOMRect): string => [x, y, width, height].map(Math.round).join(' ');
  return new Promise((resolve) => {
    const shifts: Shift[] = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries() as unknown as { value: number; sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[] }[]) {
        shifts.push({ value, moved: sources.map(({ node, previousRect, currentRect }) => `${node?.nodeName ?? '?'}: ${place(previousRect)} → ${place(currentRect)}`) });
      }
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(shifts), 500);
  });
}

describe('a visit, from the first paint to the end of a run', () => {
  const visitors = useVisitors();

  it.each([[1440, 900], [1024, 768], [390, 844]])('moves nothing by itself at %i × %i', async (width, height) => {
    const lab = await visitors.open({ ...TINY, epochs: 3 });
    await lab.page.setViewportSize({ width, height });
    await lab.reload();
    await lab.trainToEnd();
    await lab.enabled('Train all tasks');
    const shifts = await lab.page.evaluate(shiftsSoFar);
    expect(shifts.reduce((sum, { value }) => sum + value, 0), JSON.stringify(shifts.filter(({ value }) => value > 0.001))).toBeLessThan(LIMIT);
  });

  it('is seen when something does move', async () => {
    const lab = await visitors.open(TINY);
    await lab.enabled('Train all tasks');
    await lab.page.evaluate(() => {
      document.querySelector<HTMLElement>('.charts')!.style.paddingTop = '100px';
    });
    const shifts = await lab.page.evaluate(shiftsSoFar);
    expect(shifts.reduce((sum, { value }) => sum + value, 0)).toBeGreaterThan(LIMIT);
  });
});
