import { describe, expect, test } from 'vitest';
import { realChromium, useChromium } from './chromium.ts';
import { type ConsoleStack, freePort, startConsoleStack } from './stack.ts';

describe.skipIf(realChromium.missing)('the console while its server is away', () => {
  const visit = useChromium();

  test('says since when its figures are stale, disables what it cannot do, and recovers by itself', async () => {
    const port = await freePort();
    let console: ConsoleStack = await startConsoleStack({ port });
    try {
      await console.api.put('flights/1', { n: 1 }, { durability: 'cache' });
      const { page } = await visit(`${console.url}/console#flush`);
      const flushNow = page.getByRole('button', { name: 'Flush now' });
      const freshness = page.locator('.freshness [role=status]');
      await expect.poll(() => freshness.textContent()).toBe('live');

      await flushNow.focus();
      await console.stack.stop();
      await expect.poll(() => freshness.textContent()).toMatch(/^stale since \d\d:\d\d:\d\d/);
      expect(await page.locator('main').getAttribute('class')).toBe('stale away');
      expect(await flushNow.isDisabled()).toBe(true);
      expect(await flushNow.getAttribute('title')).toBe('The server does not answer.');
      // Whoever works by keyboard stays where he was.
      expect(await page.locator(':focus').textContent()).toBe('Flush now');

      console = await startConsoleStack({ port, eventSource: false });
      await expect.poll(() => freshness.textContent()).toBe('live');
      await console.api.put('flights/2', { n: 2 }, { durability: 'cache' });
      await expect.poll(() => flushNow.isEnabled()).toBe(true);
      await flushNow.click();
      await page.getByText('Nothing remains: 1 item flushed.').waitFor();
    } finally {
      await console.stack.stop();
    }
  });
});
