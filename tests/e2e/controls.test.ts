import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

/** Long enough that nothing ends by itself. */
const LONG = { ...TINY, epochs: 50 };

describe('controls', () => {
  const visitors = useVisitors();

  it('pauses, steps, resumes, stops and resets', async () => {
    const lab = await visitors.open(LONG);
    await lab.trainAll();
    await lab.says(/training, epoch/);

    await lab.button('Pause').click();
    await lab.says(/^Paused/);
    await lab.enabled('Step');
    await lab.button('Step').click();
    await lab.says(/^Paused/);

    await lab.button('Resume').click();
    await lab.says(/training, epoch/);

    await lab.button('Stop').click();
    await lab.enabled('Reset');
    await lab.button('Reset').click();
    await lab.says('Ready to train');
    await lab.enabled('Train all tasks');
  });

  it('takes fewer epochs at once, while it trains', async () => {
    const lab = await visitors.open(LONG);
    await lab.trainAll();
    await lab.says(/epoch \d+ of 50/);
    await lab.page.getByRole('textbox', { name: 'Epochs per task, exact value' }).or(lab.page.getByRole('spinbutton', { name: 'Epochs per task, exact value' })).fill('2');
    await lab.page.keyboard.press('Enter');
    await lab.says('All tasks trained');
  });

  it('takes another λ while it trains, and keeps it in the link', async () => {
    const lab = await visitors.open(LONG);
    await lab.trainAll();
    await lab.says(/training, epoch/);
    await lab.slider('Lambda').focus();
    await lab.page.keyboard.press('End');
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('lambda')).toBe('1000000');
    await lab.says(/training, epoch/);
  });

  it('trains one task at a time', async () => {
    const lab = await visitors.open(TINY);
    await lab.enabled('Train task');
    await lab.button('Train task').click();
    await lab.says('1 of 2 tasks trained');
    await lab.button('Train task').click();
    await lab.says('All tasks trained');
  });
});
