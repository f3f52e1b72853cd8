import { expect, test } from 'vitest';
import { LISTABLE, useDeployment } from '../http/deployment.ts';
import { eventually } from './eventually.ts';
import { freshItem, store, stored } from './items.ts';

const send = useDeployment();
const firstListed = async () => (await send('GET', `/items/${LISTABLE}?limit=1`)).json.items[0]?.key;

test('a new item is listed before it is stored, and stored with the keys of the index', async () => {
  const item = freshItem(LISTABLE);
  const { json } = await send('PUT', item.path, { body: { value: { n: 1 } } });
  expect(await firstListed()).toBe(item.key);
  await eventually(() => stored(item)).toMatchObject({ _created: json.version });
  expect(await firstListed()).toBe(item.key);
});

test('an item that Valkey does not know any more is listed from the table', async () => {
  const item = freshItem(LISTABLE);
  const version = Date.now() * 1000;
  await store({ pk: item.key, n: 1, _v: version, _created: version, _list: `${LISTABLE}/0` });
  await eventually(firstListed).toBe(item.key);
});
