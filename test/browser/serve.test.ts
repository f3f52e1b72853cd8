import { describe, expect, test } from 'vitest';
import type { Sign } from '../../client/send.ts';
import { serveConsole } from '../../console/serve.ts';
import { realChromium, useChromium } from './chromium.ts';
import { useConsoleStack } from './stack.ts';

describe.skipIf(realChromium.missing)('the console of an API elsewhere', () => {
  const api = useConsoleStack({ console: false });
  const visit = useChromium();

  test('shows its figures and changes its items, each request signed, and says when it is away', async () => {
    const signed: string[] = [];
    const sign: Sign = async (request) => {
      signed.push(`${request.method} ${new URL(request.url).pathname}`);
      return request;
    };
    const served = await serveConsole({ url: api().url, sign, everyMs: 500 });
    try {
      const { page, complaints, requested } = await visit(`${served.url}#items/flights/1`);
      await page.getByLabel('Value, a JSON object').fill('{"delay": 12}');
      await page.getByRole('button', { name: 'Put', exact: true }).click();
      await expect.poll(async () => (await api().api.consistency('flights/1')).database?.value).toEqual({ delay: 12 });
      expect(signed).toEqual(expect.arrayContaining(['GET /stats', 'GET /health', 'PUT /items/flights/1']));
      expect(new Set(requested.map((url) => new URL(url).origin))).toEqual(new Set([new URL(served.url).origin]));
      expect(complaints).toEqual([]);

      await api().stack.quiesce();
      await page.getByText(/^stale since/).waitFor();
      await expect.poll(() => page.getByRole('button', { name: 'Put', exact: true }).isDisabled()).toBe(true);
    } finally {
      await served.close();
    }
  });
});
