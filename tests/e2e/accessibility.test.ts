import { describe, expect, it } from 'vitest';
import { violations } from '../helpers/axe.ts';
import { TINY } from '../helpers/lab-page.ts';
import { sharedPath } from '../helpers/shared.ts';
import { useVisitors } from '../helpers/visitors.ts';

describe('axe-core here', () => {
  const visitors = useVisitors();

  it('notices a picture without a name, so that its silence means something', async () => {
    const lab = await visitors.open();
    await lab.page.evaluate(() => document.body.append(document.createElement('img')));
    expect((await violations(lab)).join('\n')).toContain('image-alt');
  });
});

describe.each(['light', 'dark'] as const)('accessibility, %s', (scheme) => {
  const visitors = useVisitors();

  it('has no violations from the first screen to the end of a run', async () => {
    const lab = await visitors.open({ ...TINY, epochs: 20 }, { colorScheme: scheme });
    await lab.enabled('Train all tasks');
    expect(await violations(lab), 'first screen').toEqual([]);

    await lab.trainAll();
    await lab.says(/training, epoch/);
    expect(await violations(lab), 'training').toEqual([]);

    await lab.button('Pause').click();
    await lab.says(/^Paused/);
    expect(await violations(lab), 'paused').toEqual([]);
  });

  it('has no violations when all is done', async () => {
    const lab = await visitors.open(TINY, { colorScheme: scheme });
    await lab.trainToEnd();
    expect(await violations(lab)).toEqual([]);
  });

  it('has no violations where something is wrong', async () => {
    const lab = await visitors.open({ lambda: -1 }, { colorScheme: scheme });
    await lab.alert().first().waitFor();
    await lab.importFiles([sharedPath('data/corrupt/empty.zip')]);
    await lab.alert().filter({ hasText: 'empty.zip' }).first().waitFor();
    expect(await violations(lab)).toEqual([]);
  });
});
