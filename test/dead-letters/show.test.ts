import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { type Parking, startParking } from '../support/parking.ts';

let parking: Parking;
beforeAll(async () => {
  parking = await startParking();
});
afterEach(() => parking.clear());
afterAll(() => parking.stop());

const VERSION = 1_700_000_000_000_000;

async function shown(key: string | undefined) {
  const { deadLetters } = await parking.cache.deadLetters.list();
  const letter = deadLetters.find((each) => each.key === key)!;
  return parking.cache.deadLetters.show(letter.id);
}

test('a dead letter is shown with its state beside cache and table, and stays where it is', async () => {
  const key = 'shown/a';
  await parking.seed({ pk: key, _v: 17, n: 1 });
  const { id, version } = await parking.park(key, { n: 2 });
  const detail = await parking.cache.deadLetters.show(id);
  expect(detail).toEqual({
    id,
    key,
    reason: expect.stringContaining('Item size has exceeded'),
    receiveCount: 4,
    failedAt: expect.any(String),
    signal: { version, value: { n: 2 }, actor: 'someone' },
    item: {
      key,
      consistent: false,
      cache: { version, value: { n: 2 }, actor: 'someone' },
      database: { version: 17, value: { n: 1 } },
      lagMs: expect.any(Number),
      parked: expect.stringContaining('Item size has exceeded'),
    },
    redrive: 'stores',
  });
  expect(await parking.cache.deadLetters.show(id)).toMatchObject({ id });
  expect(await parking.visibleLetters()).toBe(1);
});

test.each([
  ['older', VERSION - 1, 'stores'],
  ['the same', VERSION, 'nothing'],
  ['newer', VERSION + 1, 'nothing'],
  ['without a version', undefined, 'stores'],
])('with a table that has one that is %s a redrive does what is forecast', async (what, stored, redrive) => {
  const key = `forecast/${what}`;
  await parking.seed({ pk: key, ...(stored && { _v: stored }), n: 'from the table' });
  await parking.send(
    encodeSignal({
      key,
      version: VERSION,
      image: { version: VERSION, deleted: false, value: { n: 'from the letter' } },
    }),
  );
  expect(await shown(key)).toMatchObject({ redrive, signal: { version: VERSION } });
  await parking.cache.deadLetters.redrive({ all: true });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toMatchObject({ n: redrive === 'stores' ? 'from the letter' : 'from the table' });
});

test('a signal without a value stores what the cache has, and nothing where that is gone', async () => {
  const key = 'forecast/mark';
  const { version } = await parking.cache.execute({ op: 'put', key, value: { n: 1 }, durability: 'cache' });
  await parking.send(encodeSignal({ key, version }));
  const detail = await shown(key);
  expect(detail).toMatchObject({ redrive: 'stores', signal: { version } });
  expect(detail!.signal).not.toHaveProperty('value');
  await parking.redis.flushall();
  for (const message of await parking.receive()) await parking.remove(message);
  expect(await shown(key)).toMatchObject({ redrive: 'lost' });
  await parking.cache.deadLetters.redrive({ all: true });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored(key)).toBeUndefined();
  expect(await parking.cache.stats()).toMatchObject({ knownLost: 1 });
});

test('a deletion is shown as one', async () => {
  const image = { version: VERSION, deleted: true, value: {}, comment: 'sold' };
  await parking.send(encodeSignal({ key: 'shown/deleted', version: VERSION, image }));
  expect((await shown('shown/deleted'))!.signal).toEqual({ version: VERSION, value: null, comment: 'sold' });
});

test('what is no signal is shown as the text it is, and cannot be redriven', async () => {
  await parking.send('{"not": "a signal"}');
  expect(await shown(undefined)).toEqual({
    id: expect.any(String),
    reason: expect.any(String),
    receiveCount: expect.any(Number),
    failedAt: expect.any(String),
    text: '{"not": "a signal"}',
    redrive: 'refused',
  });
});

test('what is not there is null', async () => {
  expect(await parking.cache.deadLetters.show('nowhere')).toBeNull();
});
