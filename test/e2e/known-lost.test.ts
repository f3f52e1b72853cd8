import { expect, test } from 'vitest';
import { useDeployment } from '../http/deployment.ts';
import { eventually } from './eventually.ts';
import { logged } from './functions.ts';
import { freshItem, stored } from './items.ts';
import { sendSignal } from './queues.ts';

const send = useDeployment();

test('a signal without a value, for an item that nobody has, is counted and logged as a known loss', async () => {
  const startedAtMs = Date.now();
  const item = freshItem();
  const version = startedAtMs * 1000;
  const knownLost = async () => (await send('GET', '/stats')).json.knownLost;
  const before = await knownLost();
  await sendSignal({ key: item.key, version });
  await eventually(knownLost).toBe(before + 1);
  await eventually(() => logged('flush', 'known-lost', startedAtMs)).toContainEqual(
    expect.objectContaining({ level: 'ERROR', key: item.key, version }),
  );
  expect(await stored(item)).toBeUndefined();
});
