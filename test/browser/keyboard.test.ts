import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { realChromium, useChromium } from './chromium.ts';
import { AUDITED, useConsoleStack } from './stack.ts';

/** Presses Tab until the focus is on something with this name. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = page.locator(':focus');
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const snapshot = await focused.ariaSnapshot();
    if (snapshot.includes(`"${name}"`)) return;
  }
  throw new Error(`Tab did not lead to ${name}`);
}

describe.skipIf(realChromium.missing)('the console by keyboard alone', () => {
  const console = useConsoleStack();
  const visit = useChromium();

  test('an item is found, incremented and deleted', async () => {
    const key = `${AUDITED}/typed`;
    await console().api.put(key, { delay: 1 }, { durability: 'database' });
    const { page } = await visit(`${console().url}/console`);
    await tabTo(page, 'Items');
    await page.keyboard.press('Enter');
    // Whoever follows a link goes on from where it led.
    await expect.poll(() => page.evaluate('document.activeElement.ariaLabel')).toBe('Items');
    await tabTo(page, 'Collection');
    await page.keyboard.type(AUDITED);
    await tabTo(page, 'Id');
    await page.keyboard.type('typed');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Change' }).waitFor();
    await tabTo(page, 'Put');
    for (const _ of ['Set', 'Increment']) await page.keyboard.press('ArrowRight');
    await tabTo(page, 'Attribute');
    await page.keyboard.type('delay');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await console().api.get(key))?.value).toEqual({ delay: 2 });

    await tabTo(page, 'Delete…');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Delete this item?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    // The focus is back on what opened the dialog.
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Delete…');
    await page.keyboard.press('Enter');
    await dialog.waitFor();
    await tabTo(page, 'Delete item');
    await page.keyboard.press('Enter');
    await expect.poll(() => console().api.get(key)).toBe(null);
  });
});
