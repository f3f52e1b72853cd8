import { expect, test } from 'vitest';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { eventually } from './eventually.ts';
import { logged } from './functions.ts';
import { freshItems, stored } from './items.ts';
import { deadLetters, purgeDeadLetters, sendTogether } from './queues.ts';

test('an unreadable message goes to the dead-letter queue, those beside it into the table', async () => {
  await purgeDeadLetters();
  const startedAtMs = Date.now();
  const items = freshItems(2);
  const [before, after] = items.map(({ key }, index) => {
    const version = startedAtMs * 1000 + index;
    return encodeSignal({ key, version, image: { version, deleted: false, value: { index } } });
  });
  const poison = `not a signal ${startedAtMs}`;
  await sendTogether([before!, poison, after!], 'one-batch');
  for (const [index, item] of items.entries()) await eventually(() => stored(item)).toMatchObject({ index });
  await eventually(deadLetters).toEqual([
    expect.objectContaining({ text: poison, reason: expect.stringMatching(/./), receiveCount: '1' }),
  ]);
  const unreadable = await logged('flush', 'unreadable-message', startedAtMs);
  const batches = await logged('flush', 'flush', startedAtMs);
  expect(unreadable).toHaveLength(1);
  // One batch, or several: how many messages it hands out at a time is the event source's business.
  expect(batches.reduce((sum, { messages }) => sum + Number(messages), 0)).toBeGreaterThanOrEqual(3);
  expect(batches.map(({ failed }) => failed)).toEqual(batches.map(() => 0));
});
