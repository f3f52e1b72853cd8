import { describe, expect, test } from 'vitest';
import { realChromium, useChromium } from './chromium.ts';
import { AUDITED, useConsoleStack } from './stack.ts';

describe.skipIf(realChromium.missing)('the console: Flush', () => {
  // Nothing is flushed by itself.
  const console = useConsoleStack({ eventSource: false, sweep: false });
  const visit = useChromium();

  test('what differs between cache and database is marked, and nothing any more after a flush', async () => {
    const { api, url } = console();
    const key = `${AUDITED}/differing`;
    await api.put(key, { same: { b: 1, a: 2 }, delay: 1 }, { durability: 'database' });
    await api.patch(key, { set: { delay: 2 } }, { durability: 'cache' });
    const { page } = await visit(`${url}/console#items/${key}`);
    const marked = page.locator('tr.differs');
    const state = page.locator('#item-title [role=status]');
    await expect.poll(() => marked.allTextContents()).toEqual(['delaydiffers21']);
    expect(await state.textContent()).toBe('dirty');

    await page.getByRole('link', { name: 'Flush' }).click();
    await page.getByRole('button', { name: 'Flush now' }).click();
    await page.getByText('Nothing remains: 1 item flushed.').waitFor();
    expect(await page.locator('[data-flush="remaining"]').textContent()).toBe('0');
    expect(await api.stats()).toMatchObject({ dirtyItems: 0 });
    // What is clean has nothing to flush, and the page says so.
    await page.getByText('Nothing is dirty.').waitFor();
    expect(await page.getByRole('button', { name: 'Flush now' }).isDisabled()).toBe(true);

    await page.goBack();
    await expect.poll(() => state.textContent()).toBe('clean');
    expect(await marked.count()).toBe(0);
  });

  test('a pause is seen on every view, with who and why, and ends with a resume', async () => {
    const { api, url } = console();
    await api.put('paused/a', { n: 1 }, { durability: 'cache' });
    const { page } = await visit(`${url}/console#flush`);
    await page.getByLabel('Reason').fill('index rebuild');
    await page.getByLabel('Actor').last().fill('ann');
    await page.getByRole('button', { name: 'Pause flushing' }).click();
    await page.getByRole('heading', { name: 'Flushing is paused' }).waitFor();
    await page.getByText('index rebuild').waitFor();
    expect(await page.getByRole('button', { name: 'Flush now' }).isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'Now' }).click();
    await page.getByText(/Flushing is paused since .* by ann: index rebuild/).waitFor();
    await page.getByRole('link', { name: 'Flush paused' }).click();
    await page.getByLabel('Items a second').fill('50');
    const sent = page.waitForRequest('**/resume');
    await page.getByRole('button', { name: 'Resume' }).click();
    expect((await sent).postDataJSON()).toEqual({ itemsPerSecond: 50 });
    await page.getByRole('heading', { name: 'Pause flushing' }).waitFor();
    expect((await api.stats()).flushing).toMatchObject({ paused: null });
    expect(await api.flush()).toMatchObject({ remaining: 0 });
  });

  test('a flush of which nothing can be stored ends, and says what failed', async () => {
    const { api, refusing, url } = console();
    refusing.add('refused/a');
    await api.put('refused/a', { n: 1 }, { durability: 'cache' });
    const { page } = await visit(`${url}/console#flush`);
    await page.getByRole('button', { name: 'Flush now' }).click();
    await page.getByText('Ended: the last call stored nothing, 1 item failed; 1 dirty item remains.').waitFor();
    await page.getByRole('row', { name: /refused\/a.*DynamoDB refuses the item \(ValidationException\)/ }).waitFor();
    expect(await page.locator('[data-flush="failed"]').textContent()).toBe('1');
  });
});
