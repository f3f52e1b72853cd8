import { describe, expect, test } from 'vitest';
import { realChromium, useChromium } from './chromium.ts';
import { type ConsoleStack, useConsoleStack } from './stack.ts';

const KEY = '<img src=x onerror=alert(1)>';

describe.skipIf(realChromium.missing)('the console: Failures', () => {
  const console = useConsoleStack();
  const visit = useChromium();

  /** Writes items that the table refuses, and waits until they are dead letters. */
  async function park({ refusing, api }: ConsoleStack, ...keys: string[]): Promise<void> {
    for (const key of keys) {
      refusing.add(key);
      await api.put(key, { n: 1 }, { actor: 'someone' });
    }
    await expect
      .poll(async () => (await api.deadLetters.list()).deadLetters.map(({ key }) => key).sort())
      .toEqual([...keys].sort());
  }

  test('a dead letter is looked at, redriven once its reason is gone, and then stored', async () => {
    const { api, refusing, url } = console();
    const key = `parked/${KEY}`;
    await park(console(), key);
    const { page, complaints } = await visit(`${url}/console#failures`);
    const row = page.getByRole('region', { name: 'Dead letters, table' }).locator('tbody tr');
    await expect.poll(() => row.count()).toBe(1);
    expect(await row.textContent()).toContain('Item size has exceeded');
    await page
      .getByRole('region', { name: 'Recent failed flushes, table' })
      .getByText('refuses the item (ValidationException)')
      .waitFor();
    await page.getByText('1 dead letter', { exact: true }).waitFor({ state: 'attached' });

    await row.getByRole('button', { name: `Look closer at ${key}` }).click();
    const dialog = page.getByRole('dialog', { name: 'Dead letter' });
    await dialog.getByText(/A redrive would store it/).waitFor();
    await dialog.getByText('someone').first().waitFor();
    refusing.clear();
    await dialog.getByRole('button', { name: 'Redrive' }).click();
    await page.getByText('1 dead letter redriven.').waitFor();
    await expect.poll(async () => (await api.consistency(key)).database?.value).toEqual({ n: 1 });
    await page.getByText('No dead letters.').waitFor();
    expect(await page.getByRole('button', { name: 'Redrive all' }).isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
  });

  test('all are discarded after a typed confirmation, a name and a reason, and not before', async () => {
    const { api, url } = console();
    await park(console(), 'parked/b', 'parked/c');
    const { page } = await visit(`${url}/console#failures`);
    await expect
      .poll(() => page.getByRole('region', { name: 'Dead letters, table' }).locator('tbody tr').count())
      .toBe(2);
    await page.getByRole('button', { name: 'Discard all…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard all dead letters?' });
    const discard = dialog.getByRole('button', { name: 'Discard', exact: true });
    await dialog.getByLabel('Actor').fill('operator');
    await dialog.getByLabel('Comment').fill('test data');
    expect(await discard.isDisabled()).toBe(true);
    await dialog.getByLabel('To confirm, type').fill('discard all');
    await discard.click();
    await page.getByText('2 dead letters discarded.').waitFor();
    expect((await api.deadLetters.list()).deadLetters).toEqual([]);
    expect(await api.stats()).toMatchObject({ parkedItems: 0 });
  });
});
