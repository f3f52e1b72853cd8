import { expect, test } from 'vitest';
import { AUDITED, useDeployment } from '../http/deployment.ts';
import { eventually } from './eventually.ts';
import { freshItem, stored } from './items.ts';

const send = useDeployment();

test('the flush stores the last of several writes of an audited item, and the history keeps them all', async () => {
  const item = freshItem(AUDITED);
  for (const n of [1, 2, 3]) await send('PUT', item.path, { body: { value: { n }, actor: `writer ${n}` } });
  await eventually(() => stored(item)).toMatchObject({ n: 3 });
  const { json } = await send('GET', `${item.path}/history`);
  expect(json.history.map(({ actor }: { actor: string }) => actor)).toEqual(['writer 3', 'writer 2', 'writer 1']);
});
