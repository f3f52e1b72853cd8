import type { Writable } from 'node:stream';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Valkey } from '../../lib/cache/valkey.ts';
import { closeClients, connected, createClients } from '../../lib/clients.ts';
import { type System, startSystem } from '../support/system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.stop());

test('commands of one turn share writes to the socket, and the first do not wait for the last', async () => {
  const clients = createClients(system.config);
  const client = clients.valkey as Redis;
  const valkey = new Valkey(client);
  await connected(client, 5000);
  const writes = vi.spyOn(client.stream as Required<Writable>, '_writev');

  const replies = Array.from({ length: 10 }, (_, index) => valkey.run(() => client.echo(`${index}`)));
  expect(writes).toHaveBeenCalledTimes(2);
  expect(await Promise.all(replies)).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
  expect(writes.mock.calls.map(([chunks]) => chunks.length)).toEqual([4, 4, 2]);
  closeClients(clients);
});
