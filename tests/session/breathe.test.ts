import { describe, expect, it } from 'vitest';
import { createBreathe } from '../../src/worker/breathe.ts';

describe('a turn of the event loop', () => {
  it('comes back to everyone who waits for one, in their order', async () => {
    const breathe = createBreathe();
    const back: number[] = [];
    await Promise.all([1, 2, 3].map(async (who) => {
      await breathe();
      back.push(who);
    }));
    expect(back).toEqual([1, 2, 3]);
  });
});
