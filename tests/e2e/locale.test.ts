import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TINY } from '../helpers/lab-page.ts';
import { useVisitors } from '../helpers/visitors.ts';

const visitors = useVisitors();

describe.each([
  { locale: 'de-DE', typed: '0,3', shown: '0,3' },
  { locale: 'ar-EG', typed: '٠٫٣', shown: '٠٫٣' },
])('in $locale', ({ locale, typed, shown }) => {
  it('shows numbers as people there write them, takes them so, and writes files for programs', async () => {
    const lab = await visitors.open(TINY, { locale });
    await lab.enabled('Train all tasks');
    const entry = lab.page.getByRole('textbox', { name: 'Lambda, exact value' });
    await entry.fill(typed);
    await entry.press('Enter');
    await expect.poll(() => entry.inputValue()).toBe('0.3');
    expect(await lab.slider('Lambda').getAttribute('aria-valuetext')).toBe(shown);
    await expect.poll(() => new URL(lab.page.url()).searchParams.get('lambda')).toBe('0.3');

    await lab.trainToEnd();
    const percent = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const { accuracyMatrix } = await lab.metrics();
    expect(await lab.page.locator('.summary').innerText()).toContain(percent.format((accuracyMatrix[1]![0]! + accuracyMatrix[1]![1]!) / 2));

    const loss = lab.region('Loss');
    await loss.getByRole('button', { name: 'Save loss' }).click();
    const download = lab.page.waitForEvent('download');
    await loss.getByRole('button', { name: 'Save CSV' }).click();
    const [head, ...rows] = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
    expect(head).toBe('step,task,epoch,cross_entropy_nats,penalty,learning_rate,lambda');
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) expect(row.split(',').map(Number).every(Number.isFinite), row).toBe(true);
    expect(rows.at(-1)).toMatch(/,0\.01,0\.3$/);
    expect(await lab.page.locator('html').getAttribute('lang'), 'the words are English').toBe('en');
  });
});
