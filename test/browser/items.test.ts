import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { localDynamodbClient } from '../../local/clients.ts';
import { realChromium, useChromium } from './chromium.ts';
import { AUDITED, useConsoleStack } from './stack.ts';

const SCRIPT = '<script>alert("planted")</script>';
const IMAGE = '<img src=x onerror=alert("planted")>';

describe.skipIf(realChromium.missing)('the console: Items', () => {
  const console = useConsoleStack();
  const visit = useChromium();
  const open = (key = '') =>
    visit(`${console().url}/console#items/${key.split('/').map(encodeURIComponent).join('/')}`);

  /** What a plain DynamoDB client sees. */
  async function stored(pk: string): Promise<Record<string, unknown> | undefined> {
    const { stack } = console();
    const client = localDynamodbClient(stack.dynamodb.url);
    const { Item } = await client.send(
      new GetCommand({ TableName: stack.endpoints.tableName, Key: { pk }, ConsistentRead: true }),
    );
    client.destroy();
    return Item;
  }
  const state = (page: Page) => page.locator('#item-title [role=status]');

  test('an item that is put arrives in DynamoDB, and the page tells its way there', async () => {
    const { page } = await open();
    await page.getByLabel('Collection').fill(AUDITED);
    await page.getByLabel('Id').fill('put');
    await page.getByRole('button', { name: 'Show item' }).click();
    await expect.poll(() => state(page).textContent()).toBe('no such item');
    await page.getByLabel('Value, a JSON object').fill('{"origin": "ABQ", "delay": 12}');
    await page.getByRole('textbox', { name: 'Actor' }).fill('gate 7');
    await page.getByLabel('Comment').fill('late aircraft');
    await page.getByLabel('Durability').selectOption('cache');
    await page.getByRole('button', { name: 'Put', exact: true }).click();
    await page.getByText(/^at cache level after/).waitFor();
    await page.getByText(/^after .* s$/).waitFor();
    await expect.poll(() => state(page).textContent()).toBe('clean');
    expect(await stored(`${AUDITED}/put`)).toMatchObject({
      origin: 'ABQ',
      delay: 12,
      _by: 'gate 7',
      _comment: 'late aircraft',
    });
  });

  test('a key that is pasted whole fills both fields', async () => {
    const { page } = await open();
    await page.getByLabel('Id').fill('routes/ABQ/PDX');
    for (const keys of ['ControlOrMeta+A', 'ControlOrMeta+X']) await page.getByLabel('Id').press(keys);
    await page.getByLabel('Collection').press('ControlOrMeta+V');
    expect(await page.getByLabel('Collection').inputValue()).toBe('routes');
    expect(await page.getByLabel('Id').inputValue()).toBe('ABQ/PDX');
  });

  test('set and increment change single attributes; a bound that would be broken is said', async () => {
    const key = `${AUDITED}/changed`;
    await console().api.put(key, { delay: 3 }, { durability: 'database' });
    const { page } = await open(key);
    await page.getByText('Set', { exact: true }).click();
    await page.getByLabel('Attribute').fill('gate');
    await page.getByLabel('Value, as JSON').fill('{"number": 7, "terminal": "B"}');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText(/^at queue level after/).waitFor();
    await page.getByText('Increment', { exact: true }).click();
    await page.getByLabel('Attribute').fill('delay');
    await page.getByLabel('By', { exact: true }).fill('-2');
    await page.getByLabel('Not below').fill('0');
    await page.getByRole('button', { name: 'Increment', exact: true }).click();
    await expect
      .poll(() =>
        page
          .getByRole('row', { name: /^delay/ })
          .locator('td')
          .first()
          .textContent(),
      )
      .toBe('1');
    await page.getByRole('button', { name: 'Increment', exact: true }).click();
    await page.getByText(/would leave its bounds.*409 bound/).waitFor();
    await expect.poll(() => stored(key)).toMatchObject({ delay: 1, gate: { terminal: 'B', number: 7 } });
  });

  test('deletes an item only after asking', async () => {
    const key = `${AUDITED}/deleted`;
    await console().api.put(key, { n: 1 }, { durability: 'database' });
    const { page } = await open(key);
    const dialog = page.getByRole('dialog', { name: 'Delete this item?' });
    await page.getByRole('button', { name: 'Delete…' }).click();
    await dialog.getByRole('button', { name: 'Keep it' }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    expect(await console().api.get(key)).toMatchObject({ value: { n: 1 } });
    await page.getByRole('button', { name: 'Delete…' }).click();
    await dialog.getByLabel('Actor').fill('gate 7');
    await dialog.getByRole('button', { name: 'Delete item' }).click();
    await expect.poll(() => stored(key)).toMatchObject({ _deleted: true, _by: 'gate 7' });
    await expect.poll(() => state(page).textContent()).toBe('deleted');
  });

  test('shows the history page by page, and says where there is none', async () => {
    const key = `${AUDITED}/history`;
    for (let n = 1; n <= 12; n += 1) await console().api.put(key, { n }, { durability: 'cache', actor: `actor ${n}` });
    const { page } = await open(key);
    const rows = page.getByRole('region', { name: 'History, table' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(10);
    expect(await rows.first().textContent()).toContain('put {"n":12}actor 12');
    await page.getByRole('button', { name: 'Older changes' }).click();
    await expect.poll(() => rows.count()).toBe(12);
    await console().api.put('plain/item', { n: 1 });
    const { page: plain } = await open('plain/item');
    await plain.getByText('This collection is not audited').waitFor();
  });

  test('lists a listable collection newest first, and says why another cannot be listed', async () => {
    await console().api.put(`${AUDITED}/newest`, { n: 1 });
    const { page } = await open(AUDITED);
    const first = page
      .getByRole('region', { name: `Items of ${AUDITED}, table` })
      .locator('tbody tr')
      .first();
    await expect.poll(() => first.textContent()).toContain('newest');
    await first.getByRole('link').click();
    await page.getByRole('heading', { name: `${AUDITED}/newest` }).waitFor();
    const { page: other } = await open('plain');
    await other.getByText(/is not listable/).waitFor();
  });

  test('markup in keys, names, values, actors and comments stays text', async () => {
    const id = `${SCRIPT}${IMAGE}`;
    const value = { [IMAGE]: SCRIPT, nested: { [SCRIPT]: IMAGE } };
    await console().api.put(`${AUDITED}/${id}`, value, { actor: IMAGE, comment: SCRIPT });
    const { page, complaints } = await open(AUDITED);
    await page.getByRole('link', { name: id }).click();
    await page.getByRole('heading', { name: `${AUDITED}/${id}` }).waitFor();
    await expect.poll(() => page.getByRole('cell', { name: IMAGE, exact: true }).count()).toBe(3);
    expect(await page.locator('img, body script').count()).toBe(0);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByText(id).waitFor();
    expect(complaints).toEqual([]);
  });
});
