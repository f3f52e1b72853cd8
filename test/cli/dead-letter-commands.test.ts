import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiHandler } from '../../functions/api/handler.ts';
import { type HttpServer, startHttpServer } from '../../local/http-server.ts';
import { silent } from '../functions/call-api.ts';
import { type Parking, startParking } from '../support/parking.ts';
import { commandLine } from './command-line.ts';

let parking: Parking;
let server: HttpServer;
beforeAll(async () => {
  parking = await startParking();
  server = await startHttpServer({ handler: createApiHandler(parking.cache, { logger: silent }) });
});
afterAll(async () => {
  await server?.close();
  await parking?.stop();
});

const wb = (...args: string[]) => commandLine([...args, '--api', server.url]);

test('dead letters are listed, shown, redriven and discarded', async () => {
  expect(await wb('dead-letters', 'list')).toMatchObject({ code: 0, out: '', err: 'There are none.\n' });
  const cured = await parking.park('stock/croissant', { n: 1 });
  const hopeless = await parking.park('stock/rye', { n: 2 });
  const list = await wb('dead-letters', 'list', '--json');
  expect(list.json()).toMatchObject([
    { id: cured.id, key: 'stock/croissant', reason: expect.any(String) },
    { id: hopeless.id, key: 'stock/rye' },
  ]);
  const shortened = await wb('dead-letters', 'list', '--limit', '1');
  expect(shortened.out).toMatch(
    new RegExp(`^${cured.id} {2}stock/croissant\n {2}failed .* after \\d+ receives: .*\n$`),
  );
  expect(shortened.err).toContain('--all');

  const shown = await wb('dead-letters', 'show', cured.id);
  expect(shown.out).toContain('  a redrive stores it');
  expect(await wb('dead-letters', 'show', 'nowhere')).toMatchObject({ code: 1, out: '' });

  expect(await wb('verify', 'stock/rye', '--wait', '3600')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^different: stock\/rye, parked: /),
  });

  parking.refusing.delete('stock/croissant');
  const redriven = await wb('dead-letters', 'redrive', cured.id, 'nowhere', '--json');
  expect(redriven.code).toBe(1);
  expect(redriven.json()).toEqual([{ done: 1, failed: [{ id: 'nowhere', reason: 'not there' }], complete: true }]);
  await parking.deliverAll(parking.cache);
  expect(await parking.stored('stock/croissant')).toMatchObject({ n: 1 });

  const discard = ['dead-letters', 'discard', '--actor', 'ann', '--comment', 'the supplier is out'];
  expect(await wb(...discard)).toMatchObject({ code: 2, err: 'dead-letters discard: needs either ids or --all\n' });
  expect(await wb(...discard, '--all', hopeless.id)).toMatchObject({ code: 2 });
  expect(await wb(...discard, '--all')).toMatchObject({ code: 0, out: '1 done, 0 failed\n' });
  expect(await wb('dead-letters', 'list')).toMatchObject({ code: 0, out: '' });
});

test('a flush that cannot store an item ends, and names it', async () => {
  parking.refusing.add('stock/stale');
  await parking.cache.execute({ op: 'put', key: 'stock/stale', value: { n: 1 }, durability: 'cache' });
  const { code, json } = await wb('flush', '--json');
  expect(code).toBe(1);
  expect(json()).toMatchObject([{ flushed: 0, failed: 1, failures: [{ key: 'stock/stale' }], remaining: 1 }]);
});
