import axe from 'axe-core';
import type { LabPage } from './lab-page.ts';

/** What axe-core has to say, one line a violation, once nothing fades in any more: half-transparent text has no contrast of its own. */
export async function violations(lab: LabPage): Promise<string[]> {
  await lab.page.evaluate(axe.source);
  return lab.page.evaluate(async () => {
    const passing = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(passing.map(({ finished }) => finished));
    const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
}
