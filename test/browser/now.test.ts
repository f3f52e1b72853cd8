import { describe, expect, test } from 'vitest';
import { realChromium, useChromium } from './chromium.ts';
import { useConsoleStack } from './stack.ts';

describe.skipIf(realChromium.missing)('the console: Now', () => {
  // Nothing is flushed by itself, so that what is dirty stays.
  const console = useConsoleStack({ eventSource: false, sweep: false });
  const visit = useChromium();

  test('loads without an error, and asks no other host for anything', async () => {
    const { page, complaints, requested } = await visit(`${console().url}/console`);
    await page.getByText('live', { exact: true }).waitFor();
    for (const view of ['Items', 'Failures', 'Flush', 'Now']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('main', { name: view }).waitFor();
    }
    await page.getByRole('img', { name: /^Dirty items/ }).waitFor();
    expect(complaints).toEqual([]);
    expect(new Set(requested.map((url) => new URL(url).origin))).toEqual(new Set([console().url]));
  });

  test('shows the figures of /stats and of /health, and follows them without reloading', async () => {
    const { api, url } = console();
    const { page } = await visit(`${url}/console#now`);
    const figure = (name: string) => page.locator(`[data-figure="${name}"]`);
    for (let n = 0; n < 3; n += 1) {
      for (const id of ['a', 'b']) await api.patch(`counters/${id}`, { add: { n: 1 } }, { durability: 'cache' });
    }
    await expect.poll(() => figure('dirty').textContent()).toBe('2');
    await api.flush();
    await api.put('counters/c', { n: 1 }, { durability: 'queue' });
    await expect.poll(() => figure('dirty').textContent()).toBe('1');
    const stats = await api.stats();
    expect(stats).toMatchObject({ dirtyItems: 1, itemsStored: 2, coalescingRatio: 3.5 });
    await expect.poll(() => figure('coalescing').textContent()).toBe('3.5');
    const messages = stats.queue.visible + stats.queue.delayed + stats.queue.inFlight;
    await expect.poll(() => figure('queue').textContent()).toBe(String(messages));
    expect(await figure('letters').textContent()).toBe(String(stats.deadLetters));
    expect(await page.getByText('2 items stored').count()).toBe(1);
    expect(await page.getByText(/^7 since/).count()).toBe(1);
    const { checks } = await api.health();
    for (const [name, title] of Object.entries({ valkey: 'Valkey', queue: 'SQS queue', database: 'DynamoDB' })) {
      const shown = page.locator('.health dl > div', { hasText: title }).locator('.status');
      expect(await shown.textContent()).toBe(checks[name as keyof typeof checks].status);
    }
  });

  test('a page that was just opened shows what was before', async () => {
    const { page } = await visit(`${console().url}/console`);
    const answer = await page.waitForResponse(/console\/samples\?after=0/);
    expect((await answer.json()).samples.length).toBeGreaterThan(1);
  });

  test('the theme is that of the system until the visitor chooses the other, and is remembered', async () => {
    const { page } = await visit(`${console().url}/console`, { theme: 'dark' });
    const theme = () => page.locator('html').getAttribute('data-theme');
    const toggle = page.getByRole('button', { name: 'Dark theme' });
    await toggle.waitFor();
    expect([await theme(), await toggle.getAttribute('aria-pressed')]).toEqual(['dark', 'true']);
    await toggle.click();
    expect(await theme()).toBe('light');
    await page.reload();
    await expect.poll(theme).toBe('light');
  });
});
