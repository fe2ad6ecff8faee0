import axe from 'axe-core';
import type { LabPage } from './lab-page.ts';

/** What axe-core has to say, one line a violation. */
export async function violations(lab: LabPage): Promise<string[]> {
  await lab.page.evaluate(axe.source);
  return lab.page.evaluate(async () => {
    const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
}
