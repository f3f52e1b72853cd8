import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { accessibilityFaults, expectNoSidewaysScrolling, realChromium, useChromium } from './chromium.ts';
import { AUDITED, useConsoleStack } from './stack.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'screenshots');
const LONG = 'a-key-without-any-place-to-break-it-'.repeat(4);

describe.skipIf(realChromium.missing)('the console on a phone and on a desk, light and dark', () => {
  const console = useConsoleStack();
  const visit = useChromium();

  test.each([
    [375, 'light'],
    [375, 'dark'],
    [1440, 'light'],
    [1440, 'dark'],
  ] as const)('at %i px, %s: no view is wider than the window, or shuts anybody out', async (width, theme) => {
    const { api, refusing, url } = console();
    await mkdir(FOLDER, { recursive: true });
    refusing.add('parked/item').add(`parked/${LONG}`);
    const value = { origin: 'ABQ', destination: 'PDX', delay: 12, remark: LONG };
    await api.put(`${AUDITED}/115`, value, { durability: 'database', actor: 'gate 7', comment: 'late aircraft' });
    await api.patch(`${AUDITED}/115`, { add: { delay: -5 } }, { durability: 'cache', actor: 'tower' });
    for (const key of refusing) await api.put(key, { n: 1 });
    await expect.poll(async () => (await api.stats()).deadLetters).toBeGreaterThan(1);

    const { page } = await visit(`${url}/console`, { width, theme });
    for (const [name, hash, shown] of [
      ['now', 'now', 'parked by'],
      ['list', `items/${AUDITED}`, 'newest first'],
      ['item', `items/${AUDITED}/115`, 'gate 7'],
      ['failures', 'failures', LONG],
      ['flush', 'flush', 'Stores every dirty item'],
    ] as const) {
      await page.goto(`${url}/console#${hash}`);
      await page.getByText('live', { exact: true }).waitFor();
      if (name !== 'now') await page.getByText(shown).first().waitFor();
      await expectNoSidewaysScrolling(page);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.screenshot({ path: join(FOLDER, `${name}-${width}-${theme}.png`), fullPage: true });
    }
  });
});
