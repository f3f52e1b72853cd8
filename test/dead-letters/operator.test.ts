import { afterAll, beforeAll, expect, test } from 'vitest';
import * as answers from '../../functions/api/answers.ts';
import { deadLetterLog } from '../../functions/api/dead-letter-log.ts';
import { apiClient, silent } from '../functions/call-api.ts';
import { type Parking, startParking } from '../support/parking.ts';

const events: unknown[][] = [];
const log = { ...silent, warn: (...event: unknown[]) => void events.push(event) };

let parking: Parking;
let call: ReturnType<typeof apiClient>;
beforeAll(async () => {
  parking = await startParking({ deadLetterReport: deadLetterLog(log) });
  call = apiClient(parking.cache);
});
afterAll(() => parking.stop());

const CALLER = 'arn:aws:iam::111122223333:user/ann';

test('an operator looks what was given up, redrives what the table takes by now, and discards the rest', async () => {
  await parking.seed({ pk: 'stock/rye', _v: 17, n: 5 });
  const cured = await parking.park('stock/croissant', { n: 1 });
  const hopeless = await parking.park('stock/rye', { n: 2, secret: 'payload' });
  await parking.send('{"not": "a signal"}');

  const list = answers.deadLetterPage.parse((await call('GET', '/dead-letters')).json);
  expect(list).toMatchObject({ complete: true, deadLetters: [{ ...at(cured, 'croissant') }, at(hopeless, 'rye'), {}] });
  expect(list).not.toHaveProperty('cursor');
  const unreadable = list.deadLetters[2]!;
  expect(unreadable).not.toHaveProperty('key');

  const detail = await call('GET', `/dead-letters/${cured.id}`);
  expect(answers.deadLetterDetail.parse(detail.json)).toMatchObject({
    ...at(cured, 'croissant'),
    signal: { version: cured.version, value: { n: 1 }, actor: 'someone' },
    item: { consistent: false, cache: { value: { n: 1 } }, database: null, parked: expect.stringContaining('refuses') },
    redrive: 'stores',
  });
  expect((await call('GET', '/dead-letters/00000000-0000-4000-8000-000000000000')).status).toBe(404);

  // The cause is gone for one of them.
  parking.refusing.delete('stock/croissant');
  const redriven = await call('POST', '/dead-letters/redrive', { body: { ids: [cured.id, unreadable.id] } });
  expect(answers.deadLetterOutcome.parse(redriven.json)).toEqual({
    done: 1,
    failed: [{ id: unreadable.id, reason: expect.stringContaining('not a signal') }],
    complete: true,
  });
  await parking.deliverAll(parking.cache);
  expect(await parking.stored('stock/croissant')).toMatchObject({ n: 1, _by: 'someone' });
  expect((await call('GET', '/items/stock/croissant/consistency')).json).toMatchObject({ consistent: true });

  // The others are given up.
  expect((await call('GET', '/items/stock/rye')).json).toMatchObject({ value: { n: 2 }, persisted: false });
  const why = { actor: 'ann', comment: 'the supplier is out' };
  const discarded = await call('POST', '/dead-letters/discard', { body: { all: true, ...why }, caller: CALLER });
  expect(answers.deadLetterOutcome.parse(discarded.json)).toEqual({ done: 2, failed: [], complete: true });
  expect((await call('GET', '/items/stock/rye')).json).toMatchObject({ value: { n: 5 }, persisted: true, version: 17 });
  expect((await call('GET', '/dead-letters')).json).toEqual({ deadLetters: [], complete: true });
  expect((await call('GET', '/stats')).json).toMatchObject({ deadLetters: 0, parkedItems: 0, dirtyItems: 0 });

  expect(events.map(([name]) => name)).toEqual(['dead-letter-discarded', 'dead-letter-discarded']);
  const record = { ...why, caller: CALLER };
  const { id, version } = hopeless;
  expect(events.map(([, event]) => event)).toEqual(
    expect.arrayContaining([
      { id, key: 'stock/rye', version, ...record },
      { id: unreadable.id, ...record },
    ]),
  );
  expect(JSON.stringify(events)).not.toContain('payload');

  // A request that is repeated because its answer was lost changes nothing and says why.
  const repeated = await call('POST', '/dead-letters/redrive', { body: { ids: [cured.id] } });
  expect(repeated.json).toEqual({ done: 0, failed: [{ id: cured.id, reason: 'not there' }], complete: true });

  function at({ id }: { id: string }, item: string) {
    const reason = expect.stringContaining('Item size has exceeded');
    return { id, key: `stock/${item}`, reason, receiveCount: 4, failedAt: expect.stringMatching(/^\d{4}-.*Z$/) };
  }
});

test('a cursor of another list, or one that was changed, is refused by name', async () => {
  await parking.park('stock/a', {});
  await parking.park('stock/b', {});
  const { cursor } = (await call('GET', '/dead-letters', { query: { limit: '1' } })).json;
  expect((await call('GET', '/dead-letters', { query: { cursor } })).json.deadLetters).toMatchObject([
    { key: 'stock/b' },
  ]);
  for (const bad of [
    'x',
    `${cursor}x`,
    `x${cursor}`,
    `${cursor}.x`,
    cursor.split('.')[0],
    `.${cursor.split('.')[1]}`,
  ]) {
    expect(await call('GET', '/dead-letters', { query: { cursor: bad } })).toMatchObject({
      status: 422,
      json: { type: 'urn:write-behind:problem:invalid-input', path: 'cursor' },
    });
  }
  const elsewhere = parking.config.endpoints.deadLetterQueueUrl.replace('dead', 'elsewhere');
  const other = apiClient(await parking.another({}, {}, { deadLetterQueueUrl: elsewhere }));
  expect((await other('GET', '/dead-letters', { query: { cursor } })).json).toMatchObject({ path: 'cursor' });
});
