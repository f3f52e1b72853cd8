import { beforeAll, expect, test } from 'vitest';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { useDeployment } from '../http/deployment.ts';
import { eventually } from './eventually.ts';
import { freshItem, stored } from './items.ts';
import { deadLetters, purgeDeadLetters, sendDeadLetter } from './queues.ts';

const send = useDeployment();

beforeAll(() => purgeDeadLetters());

test('dead letters are listed, shown, redriven and discarded through the API', async () => {
  const item = freshItem();
  const version = Date.now() * 1000;
  await sendDeadLetter(encodeSignal({ key: item.key, version, image: { version, deleted: false, value: { n: 1 } } }));
  await sendDeadLetter('not a signal');

  const { json: page } = await send('GET', '/dead-letters');
  expect(page).toMatchObject({ deadLetters: [{ key: item.key }, {}], complete: true });
  const [letter, poison] = page.deadLetters;
  const { json: shown } = await send('GET', `/dead-letters/${letter.id}`);
  expect(shown).toMatchObject({ key: item.key, signal: { version, value: { n: 1 } }, redrive: 'stores' });

  const redriven = await send('POST', '/dead-letters/redrive', { body: { ids: [letter.id] } });
  expect(redriven).toMatchObject({ status: 200, json: { done: 1, failed: [] } });
  await eventually(() => stored(item)).toMatchObject({ n: 1, _v: version });

  const why = { actor: 'e2e', comment: 'nobody sent it' };
  const discarded = await send('POST', '/dead-letters/discard', { body: { ids: [poison.id], ...why } });
  expect(discarded).toMatchObject({ status: 200, json: { done: 1, failed: [] } });
  expect(await deadLetters()).toEqual([]);
});
