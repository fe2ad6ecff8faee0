import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

describe('a reload in the middle', () => {
  const visitors = useVisitors();

  it('goes on from the last finished task and ends with the numbers of an uninterrupted run', async () => {
    // Long enough that a reload finds the second task in training.
    const config = { ...TINY, epochs: 8, seed: 5, backend: 'wasm' };
    const straight = await visitors.open(config);
    await straight.trainToEnd();
    const expected = await straight.metrics();

    const lab = await visitors.open(config);
    await lab.enabled('Train task');
    await lab.button('Train task').click();
    await lab.says('1 of 2 tasks trained');
    await lab.button('Train task').click();
    await lab.says(/Task 2: training/);
    await lab.reload();

    await lab.enabled('Resume');
    await lab.button('Resume').click();
    await lab.says('All tasks trained');
    expect((await lab.metrics()).accuracyMatrix).toEqual(expected.accuracyMatrix);
  });
});
