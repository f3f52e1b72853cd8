import { closeClients, createClients } from '../../lib/clients.ts';
import { ROUND, ROUNDS_AT_ONCE } from '../../lib/flush/drain.ts';
import { encodeSignal } from '../../lib/queue/signal.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { type System, startSystem } from '../../test/support/system.ts';
import { putsLoad } from '../coalescing/loads.ts';
import { type Coalesced, coalesce } from '../coalescing/run.ts';
import { type Compared, compare, type Way } from '../compare.ts';
import { zipf } from '../load/choosers.ts';
import { keyOf, payloadOf } from '../load/workload.ts';
import { inParts } from '../parts.ts';
import { comparisonTable } from '../report/comparison.ts';
import { spreadOf } from '../report/spread.ts';
import type { Table } from '../report/table.ts';
import type { Extent, Section } from '../section.ts';
import { conditionalPutItem } from '../ways/bare.ts';
import { withDeafQueue } from '../ways/deaf-queue.ts';
import { startFlusher } from '../ways/flusher.ts';
import type { Put } from '../ways/puts.ts';
import { valkeyCpu } from '../ways/replay.ts';

/** Of a batch of messages, and of the event source's batches at once. */
const MESSAGES = 10;
const BATCHES = 8;
const FLUSH = `flush, ${BATCHES} batches of ${MESSAGES} messages at once`;
const SWEEP = `sweep, ${ROUNDS_AT_ONCE} rounds of ${ROUND} at once`;
const USUAL = 'the same, by a client of the AWS SDK as it comes';
const OPERATIONS = 100;
const DRAIN_PARTS = 5;
const VALUE_BYTES = 200;

/** From claim to settle, beside the bare conditional puts that it cannot do without. */
export const flushPath: Section = {
  name: 'flush-path',
  title: 'Flush path',
  async run(extent) {
    const compared = await onSystem(900, (system) => throughput(system, extent));
    const tables = [
      comparisonTable(
        'flush-throughput',
        'Claim, store, settle; each beside the bare puts in the same parts',
        compared,
        ['speed', 'cpu', 'rate', 'cpuMicros', 'valkeyMicros'],
      ),
      await onSystem(900, (system) => drain(system, extent)),
      await onSystem(extent.windowSeconds, (system) => lag(system, extent)),
    ];
    const target = (id: string, name: string, { ofUsual }: { ofUsual: boolean }) => {
      const own = compared.findIndex((each) => each.name === name);
      const usual = compared.findLast((each, index) => index < own && each.name === USUAL)!.speed.median;
      return {
        id,
        what: `${name}: items/s, of bare conditional puts in the same parts by ${ofUsual ? 'a client of the AWS SDK as it comes' : 'our client'}`,
        unit: 'times',
        wanted: { atLeast: 0.8 },
        measured: compared[own]!.speed.median / (ofUsual ? usual : 1),
        ifMissed: 'claim and settle are two more round trips, in the same process as the client of DynamoDB',
      } as const;
    };
    const targets = [
      target('flush-of-usual', FLUSH, { ofUsual: true }),
      target('drain-of-usual', SWEEP, { ofUsual: true }),
      target('flush-of-bare', FLUSH, { ofUsual: false }),
      target('drain-of-bare', SWEEP, { ofUsual: false }),
    ];
    return { tables, targets };
  },
};

async function onSystem<T>(windowSeconds: number, measure: (system: System) => Promise<T>): Promise<T> {
  const system = await startSystem({ settings: { windowSeconds, maxDirtyItems: 1_000_000 } });
  try {
    return await measure(system);
  } finally {
    await system.stop();
  }
}

type Signal = { readonly key: string; readonly version: number };

function putsOn(keys: number, prefix = 'flush'): Put[] {
  const payload = payloadOf(VALUE_BYTES, Math.random);
  return Array.from({ length: keys }, (_, index) => ({ key: keyOf(prefix, index), value: { payload } }));
}

/** Makes the items dirty; what their signals would say. */
async function makeDirty(cache: WriteBehind, puts: readonly Put[]): Promise<Signal[]> {
  const signals: Signal[] = [];
  await inParts(puts, OPERATIONS, 1, async (part) => {
    for (const outcome of await cache.batch(part.map((put) => ({ op: 'put', ...put, durability: 'cache' })))) {
      if (outcome.kind !== 'written') throw new Error('An item was not written.');
      signals.push(outcome.acknowledgement);
    }
  });
  return signals;
}

async function throughput(system: System, { quick, repeats }: Extent): Promise<Compared[]> {
  const items = quick ? 100 : 2000;
  const puts = putsOn(items);
  // Others: what is not the cache's own would keep it from what it does where it alone writes.
  const barePuts = putsOn(items, 'bare');
  const cache = await withDeafQueue(system);
  const clients = createClients(system.config);
  const usual = localDynamodbClient(system.config.endpoints.dynamodbEndpoint!);
  const bare = (name: string, each: number, atOnce: number, client = clients.dynamodb): Way => {
    const putOne = conditionalPutItem(client, system.config.endpoints.tableName);
    return {
      name,
      run: async () => {
        await inParts(barePuts, each, atOnce, (part) => Promise.all(part.map(putOne)));
        return { items };
      },
    };
  };
  // In the parts of the flush, whose answers come together, Node needs less for each of them than where they come one by one.
  const limits = (each: number, atOnce: number): Way[] => [
    bare(`bare conditional PutItem, ${atOnce > 1 ? `${atOnce} times ` : ''}${each} at once`, each, atOnce),
    bare(`the same, one after the other in ${each * atOnce} lanes`, 1, each * atOnce),
    bare(USUAL, each, atOnce, usual),
  ];
  let runs = 0;
  /** Of items that the cache has stored before, and of items that it never stored. */
  const flushes = (name: string, run: (signals: readonly Signal[]) => Promise<void>): Way[] => {
    let signals: Signal[] = [];
    const way = (name: string, dirty: () => readonly Put[]): Way => ({
      name,
      prepare: async () => {
        signals = await makeDirty(cache, dirty());
      },
      run: async () => {
        await run(signals);
        return { items };
      },
    });
    return [
      way(name, () => puts),
      way('the same, of items that it has never stored', () => {
        runs += 1;
        return putsOn(items, `new-${runs}`);
      }),
    ];
  };
  const messages = (name: string, batches: number) =>
    flushes(name, (signals) => inParts(signals, MESSAGES, batches, (part) => flushMessages(cache, part)));
  const sweeps = flushes(SWEEP, async () => {
    if ((await cache.flush()).flushed !== items) throw new Error('Not all items were flushed.');
  });
  const groups = [
    [...limits(MESSAGES, 1), ...messages(`flush, one batch of ${MESSAGES} messages at a time`, 1)],
    [...limits(MESSAGES, BATCHES), ...messages(FLUSH, BATCHES)],
    [...limits(ROUND, ROUNDS_AT_ONCE), ...sweeps],
  ];
  const compared: Compared[] = [];
  for (const ways of groups) {
    compared.push(...(await compare(ways, { repeats, valkeyCpu: () => valkeyCpu(system.redis) })));
  }
  closeClients(clients);
  usual.destroy();
  return compared;
}

async function flushMessages(cache: WriteBehind, signals: readonly Signal[]): Promise<void> {
  const bodies = signals.map(({ key, version }) => encodeSignal({ key, version }));
  const batch = bodies.map((body, index) => ({ messageId: `${index}`, receiptHandle: '-', body, receiveCount: 1 }));
  if ((await cache.flushMessages(batch)).failed.length > 0) throw new Error('A message failed.');
}

/** What one instance needs for what has gathered while the table was away; repeats are parts of it. */
async function drain(system: System, { quick, log }: Extent): Promise<Table> {
  const keys = quick ? 300 : 100_000;
  const cache = await withDeafQueue(system);
  await makeDirty(cache, putsOn(keys));
  const seconds: number[] = [];
  for (let part = 1; part <= DRAIN_PARTS; part += 1) {
    const limit = part === DRAIN_PARTS ? Infinity : keys / DRAIN_PARTS;
    const startedAt = performance.now();
    const { flushed, remaining } = await cache.flush({ limit, deadlineMs: Infinity });
    seconds.push((performance.now() - startedAt) / 1000);
    if (flushed !== keys / DRAIN_PARTS) throw new Error(`${flushed} items were flushed instead of ${limit}.`);
    log(`${remaining} items to drain`);
  }
  return {
    id: 'flush-drain',
    title: 'Drain after an outage, one instance of sweep',
    note: `The rate in brackets: of the slowest and the fastest of its ${DRAIN_PARTS} parts.`,
    columns: [
      { id: 'keys', title: 'dirty items', unit: 'count' },
      { id: 'seconds', title: 'stored after', unit: 'seconds' },
      { id: 'rate', title: 'items/s', unit: 'perSecond' },
    ],
    rows: [
      {
        keys,
        seconds: seconds.reduce((a, b) => a + b),
        rate: spreadOf(seconds.map((each) => keys / DRAIN_PARTS / each)),
      },
    ],
  };
}

async function lag(system: System, { quick, repeats, windowSeconds }: Extent): Promise<Table> {
  const load = putsLoad('lag', 'puts, Zipf 0.99, 10,000 keys, 2,000/s', 10_000, zipf(), {
    operations: quick ? 300 : 10_000,
    perSecond: 2000,
  });
  const flusher = await startFlusher(system.config);
  const results: Coalesced[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    results.push(await coalesce(system.cache, flusher, load, `lag-${repeat}`));
  }
  await flusher.stop();
  const percentiles = [0.5, 0.9, 0.99, 0.999, 1];
  const row = percentiles.map((share) => [`p${share}`, spreadOf(results.map(({ lags }) => lags.percentile(share)!))]);
  return {
    id: 'flush-lag',
    title: `From the acknowledgement of a write to its store, window ${windowSeconds} s`,
    columns: [
      { id: 'name', title: '', unit: 'text' },
      { id: 'rate', title: 'writes/s', unit: 'perSecond' },
      ...percentiles.map((share) => {
        const title = share === 1 ? 'most' : `p${100 * share}`;
        return { id: `p${share}`, title, unit: 'ms' } as const;
      }),
    ],
    rows: [{ name: load.name, rate: spreadOf(results.map(({ rate }) => rate)), ...Object.fromEntries(row) }],
  };
}
