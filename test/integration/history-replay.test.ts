/**
 * The history against the acknowledgements: writers, flushers that die or are delivered twice, items that the database refuses for
 * a while and that come back from the dead-letter queue.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../lib/model/json.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { puts, receivedAgain, refused } from '../support/refusals.ts';
import { type System, startSystem, until } from '../support/system.ts';
import { watchedClients } from '../support/watched-clients.ts';
import { isLong, scanTable } from './drained.ts';

const KEYS = 50;
const WRITERS = 8;
const OPERATIONS = isLong ? 20_000 : 4_000;
/** What failed comes again at once, as far as SQS can say so. */
const soon = {
  visibilityTimeoutSeconds: 2,
  refusedRetrySeconds: [1, 1, 1],
  backOff: { firstSeconds: 1, maxSeconds: 1 },
};
/** Receives after which a refused item becomes a dead letter at once. */
const LAST_TRY = 4;

let system: System;
beforeAll(async () => {
  system = await startSystem({ settings: { ...patient, ...soon, collections: { ledger: { audited: true } } } });
});
afterAll(() => system.stop());

/** Numbers that look random and are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function operation(next: () => number, n: number): WriteOperation {
  const key = `ledger/${Math.floor(next() * KEYS)}`;
  const durability = (['cache', 'queue', 'queue', 'database'] as const)[Math.floor(next() * 4)]!;
  const common = { key, durability, actor: `writer ${n}` };
  const dice = next();
  if (dice < 0.1) return { op: 'delete', ...common };
  if (dice < 0.4) return { op: 'put', ...common, value: { n, text: `put ${n}` } };
  return { op: 'patch', ...common, add: { sum: 1 }, set: { n }, ...(dice > 0.9 && { remove: ['text'] }) };
}

async function write(cache: WriteBehind, seed: number, acknowledged: Map<number, string>): Promise<void> {
  const next = random(seed);
  for (let n = 0; n < OPERATIONS / WRITERS; n++) {
    const wanted = operation(next, seed * 1e6 + n);
    const { key, version } = await cache.execute(wanted);
    acknowledged.set(version, key);
  }
}

/** Two flushers share the queue; one of them dies now and then at its calls to the database. */
async function flushers(refusing: ReadonlySet<string>, writing: () => boolean): Promise<void> {
  const next = random(4711);
  const clients = watchedClients(system.config, {
    before: (request) => {
      if (puts(request, ...refusing) && request.input.TableName === system.config.endpoints.tableName) throw refused();
      if (request.command === 'PutItemCommand' && next() < 0.02) throw new Error('killed before');
    },
    after: (request) => {
      if (request.command === 'PutItemCommand' && next() < 0.02) throw new Error('killed after');
    },
  });
  const mortal = await system.another({ clients, random: () => 0 });
  while (writing()) {
    const messages = await system.receive();
    await Promise.all(
      messages.map(async (message) => {
        const last = next() < 0.3 ? receivedAgain(message, LAST_TRY) : message;
        const { failed } = await (next() < 0.5 ? mortal : system.cache).flushMessages([last]);
        // Some are delivered again although they are done, some are forgotten by the one that failed.
        if (next() < 0.1) await mortal.flushMessages([message]);
        if (failed.length === 0) await system.remove(message);
      }),
    );
    if (next() < 0.2) await mortal.flush({ limit: 10 });
  }
}

async function redriveAll(): Promise<number> {
  const letters = await system.receive('dead');
  for (const letter of letters) {
    await system.cache.flushMessages([letter]);
    await system.remove(letter, 'dead');
  }
  return letters.length;
}

async function historyOf(key: string) {
  const all = [];
  let cursor: string | undefined;
  do {
    const page = await system.cache.history(key, { limit: 37, ...(cursor && { cursor }) });
    all.push(...page.history);
    cursor = page.cursor;
  } while (cursor);
  return all;
}

test(`after ${OPERATIONS} writes the history has each acknowledged one once, in order, and replaying it gives the table`, {
  timeout: 300_000,
}, async () => {
  const acknowledged = new Map<number, string>();
  const refusing = new Set(['ledger/1', 'ledger/2', 'ledger/3']);
  let writing = true;
  const flushing = flushers(refusing, () => writing);
  await Promise.all(Array.from({ length: WRITERS }, (_, seed) => write(system.cache, seed + 1, acknowledged)));
  writing = false;
  await flushing;
  refusing.clear();
  let redriven = 0;
  await until(
    'everything is stored',
    async () => {
      await system.deliverAll();
      redriven += await redriveAll();
      await system.cache.flush();
      const { dirtyItems, parkedItems, queue } = await system.cache.stats();
      return dirtyItems + parkedItems + queue.visible + queue.delayed === 0;
    },
    120_000,
  );
  const { endpoints } = system.config;
  const table = await scanTable(endpoints.dynamodbEndpoint!, endpoints.tableName);
  for (let n = 0; n < KEYS; n++) {
    const key = `ledger/${n}`;
    const history = await historyOf(key);
    const own = [...acknowledged].filter(([, each]) => each === key).map(([version]) => version);
    expect(history.map(({ version }) => version)).toEqual(own.sort((a, b) => b - a));
    let replayed: JsonObject = {};
    for (const { op, set = {}, removed = [] } of [...history].reverse()) {
      replayed = op === 'patch' ? { ...replayed, ...set } : { ...set };
      for (const name of removed) delete replayed[name];
    }
    const { pk: _pk, _v, _at, _by, _comment, _deleted, _ttl, ...stored } = table.get(key) ?? {};
    expect(stored).toEqual(replayed);
    expect(_v).toBe(history[0]?.version);
  }
  expect(redriven).toBeGreaterThan(0);
});
