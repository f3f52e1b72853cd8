import { closeClients, createClients } from '../../lib/clients.ts';
import { type System, startSystem } from '../../test/support/system.ts';
import { type Compared, compare, type Way } from '../compare.ts';
import { inLanes } from '../lanes.ts';
import { comparisonTable } from '../report/comparison.ts';
import type { Table } from '../report/table.ts';
import type { Extent, Section } from '../section.ts';
import { batchSend, conditionalPutItem, putItem, setAndPush } from '../ways/bare.ts';
import { handlerWays } from '../ways/handler.ts';
import { type HttpApi, startHttpApi } from '../ways/http.ts';
import { libraryBatch, libraryPut, type PutMany, type PutOne } from '../ways/library.ts';
import { inCircle, newKeys, type Put, putsOf, W1 } from '../ways/puts.ts';
import { type BareValkey, bareValkey, type Recorded, record, replay, valkeyCpu } from '../ways/replay.ts';
import { withFlush } from '../ways/with-flush.ts';
import { LIBRARY, WRITE_THROUGH, writeTargets } from './write-targets.ts';

const LANES = [1, 16, 64];
/** Those of the targets, and of what is measured with one number only. */
const LANES_OF_TARGETS = 16;
const BATCH = 100;
/** What SQS takes at once. */
const MESSAGES = 10;
/** Of these writes the calls are recorded and made again, over and over. */
const RECORDED = 20_000;

/** Writes, acknowledged, beside what the same machine can do at best. */
export const writePath: Section = {
  name: 'write-path',
  title: 'Write path',
  async run(extent) {
    // Nothing flushes, and all keys are dirty before the clock starts: what is measured is the write, not its signal.
    const system = await startSystem({ settings: { windowSeconds: 900, maxDirtyItems: 10_000_000 } });
    const http = await startHttpApi(system.config);
    const bench = new WritePathBench(system, http, extent);
    try {
      const cache = await bench.cacheLevel();
      const tables = [
        ...cache.map(({ table }) => table),
        await bench.batches(),
        ...(await inTurn(LANES, (lanes) => bench.queueLevel(lanes))),
        ...(await inTurn(LANES, (lanes) => bench.databaseLevel(lanes))),
        await bench.besideFlush(),
      ];
      const { compared } = cache.find(({ lanes }) => lanes === LANES_OF_TARGETS)!;
      return { tables, targets: writeTargets(compared, LANES_OF_TARGETS) };
    } finally {
      bench.close();
      await http.stop();
      await system.stop();
    }
  },
};

class WritePathBench {
  readonly #system: System;
  readonly #http: HttpApi;
  readonly #extent: Extent;
  readonly #seconds: number;
  readonly #clients: ReturnType<typeof createClients>;
  readonly #redis: BareValkey;
  readonly #puts: readonly Put[];
  readonly #through: PutOne;

  constructor(system: System, http: HttpApi, extent: Extent) {
    this.#system = system;
    this.#http = http;
    this.#extent = extent;
    this.#seconds = extent.quick ? 0.02 : 0.5;
    this.#clients = createClients(system.config);
    this.#redis = bareValkey(system.servers.valkey.url);
    this.#puts = putsOf({ ...W1, count: extent.quick ? 400 : RECORDED });
    this.#through = putItem(this.#clients.dynamodb, system.config.endpoints.tableName);
  }

  /** Singly, at `cache` level: the level that is bounded by Valkey alone. */
  cacheLevel(): Promise<{ lanes: number; compared: Compared[]; table: Table }[]> {
    return inTurn(LANES, async (lanes) => {
      const compared = await this.#compare([
        ...(await this.#limits(lanes)),
        this.#singly(LIBRARY, lanes, libraryPut(this.#system.cache, 'cache')),
        this.#singly('api handler', lanes, handlerWays(this.#system.cache, 'cache').put),
        { ...this.#singly('HTTP', lanes, this.#http.ways('cache').put), elsewhere: true },
        this.#singly(WRITE_THROUGH, lanes, this.#through),
      ]);
      const table = comparisonTable(`write-cache-${lanes}`, `Puts at \`cache\` level, ${lanes} at once`, compared);
      return { lanes, compared, table };
    });
  }

  /** In batches of 100, one batch at a time. */
  async batches(): Promise<Table> {
    const { cache } = this.#system;
    const library = (level: 'cache' | 'queue' | 'database') =>
      this.#batched(`library, \`${level}\` level`, libraryBatch(cache, level));
    const recorded = await this.#record(BATCH);
    const call = replay(this.#redis, recorded);
    const calls = Array.from({ length: Math.round(BATCH / writesPerCall(recorded)) });
    const compared = await this.#compare([
      {
        name: 'bare EVALSHA, as many at once',
        run: () => inLanes(this.#limit(1, BATCH), () => Promise.all(calls.map(call))),
      },
      library('cache'),
      this.#batched('api handler, `cache` level', handlerWays(cache, 'cache').batch),
      { ...this.#batched('HTTP, `cache` level', this.#http.ways('cache').batch), elsewhere: true },
      library('queue'),
      library('database'),
    ]);
    const title = `Puts in batches of ${BATCH}, one batch at a time`;
    return comparisonTable('write-batches', title, compared, undefined, 'p50 and p99 are those of batches.');
  }

  /** What is acknowledged by a message; the embedded queue bounds it. */
  async queueLevel(lanes: number): Promise<Table> {
    const { cache } = this.#system;
    const send = batchSend(this.#clients.sqs, this.#system.config.endpoints.queueUrl, MESSAGES);
    const firsts = newKeys(this.#puts);
    const first = libraryPut(cache, 'cache');
    const compared = await this.#compare([
      this.#singly(WRITE_THROUGH, lanes, this.#through),
      {
        name: `the queue alone: SendMessageBatch of ${MESSAGES}`,
        run: () => inLanes(this.#limit(Math.ceil(lanes / MESSAGES), MESSAGES), send),
      },
      this.#singly(LIBRARY, lanes, libraryPut(cache, 'queue')),
      this.#singly('api handler', lanes, handlerWays(cache, 'queue').put),
      { ...this.#singly('HTTP', lanes, this.#http.ways('queue').put), elsewhere: true },
      {
        name: 'library, `cache` level, each key new: a signal each',
        run: () => inLanes(this.#limit(lanes), () => first(firsts())),
      },
    ]);
    return comparisonTable(`write-queue-${lanes}`, `Puts at \`queue\` level, ${lanes} at once`, compared);
  }

  /** Write-through with all that the other levels promise, beside write-through with nothing. */
  async databaseLevel(lanes: number): Promise<Table> {
    const { cache, config } = this.#system;
    const conditional = conditionalPutItem(this.#clients.dynamodb, config.endpoints.tableName);
    const compared = await this.#compare([
      this.#singly(WRITE_THROUGH, lanes, this.#through),
      this.#singly('the same, conditional', lanes, conditional),
      this.#singly(LIBRARY, lanes, libraryPut(cache, 'database')),
      this.#singly('api handler', lanes, handlerWays(cache, 'database').put),
      { ...this.#singly('HTTP', lanes, this.#http.ways('database').put), elsewhere: true },
    ]);
    return comparisonTable(`write-database-${lanes}`, `Puts at \`database\` level, ${lanes} at once`, compared);
  }

  /** As it runs: signals are sent, and another process flushes, on the same machine. */
  async besideFlush(): Promise<Table> {
    const lanes = LANES_OF_TARGETS;
    const [limit] = await this.#limits(lanes);
    const { windowSeconds } = this.#extent;
    return withFlush(windowSeconds, async (cache, drained) => {
      const next = inCircle(this.#puts);
      const put = libraryPut(cache, 'cache');
      const seconds = this.#extent.quick ? this.#seconds : 2;
      const compared = await this.#compare([
        { ...limit!, prepare: drained },
        this.#singly('library, all keys dirty, no flush', lanes, libraryPut(this.#system.cache, 'cache')),
        {
          name: 'library, signals and flush beside it',
          run: () => inLanes({ lanes, seconds }, () => put(next())),
        },
      ]);
      const title = `Puts at \`cache\` level, ${lanes} at once, with all that follows them; window ${windowSeconds} s`;
      return comparisonTable('write-beside-flush', title, compared, [
        'speed',
        'cpu',
        'rate',
        'cpuMicros',
        'p50',
        'p99',
      ]);
    });
  }

  close(): void {
    this.#redis.client.disconnect();
    closeClients(this.#clients);
  }

  #compare(ways: readonly Way[]): Promise<Compared[]> {
    return compare(ways, { repeats: this.#extent.repeats, valkeyCpu: () => valkeyCpu(this.#redis.client) });
  }

  /** Of Valkey: what the library sends, sent by a client alone; and the least that one could send. */
  async #limits(lanes: number): Promise<Way[]> {
    const recorded = await this.#record(lanes);
    return [
      {
        name: `bare EVALSHA on ${this.#system.servers.valkey.kind}`,
        run: () => inLanes(this.#limit(lanes, writesPerCall(recorded)), replay(this.#redis, recorded)),
      },
      this.#singly('bare SET and RPUSH', lanes, setAndPush(this.#redis)),
    ];
  }

  /** Once before, so that every key is dirty and has signalled. */
  async #record(lanes: number): Promise<Recorded> {
    const put = libraryBatch(this.#system.cache, 'cache');
    for (let start = 0; start < this.#puts.length; start += BATCH) await put(this.#puts.slice(start, start + BATCH));
    return record(this.#system, lanes, this.#puts, (cache) => libraryPut(cache, 'cache'));
  }

  #limit(lanes: number, itemsEach = 1) {
    return { lanes, seconds: this.#seconds, itemsEach };
  }

  #singly(name: string, lanes: number, put: PutOne): Way {
    const next = inCircle(this.#puts);
    return { name, run: () => inLanes(this.#limit(lanes), () => put(next())) };
  }

  #batched(name: string, put: PutMany): Way {
    const starts = inCircle(Array.from({ length: this.#puts.length / BATCH }, (_, index) => index * BATCH));
    const next = () => {
      const start = starts();
      return this.#puts.slice(start, start + BATCH);
    };
    return { name, run: () => inLanes(this.#limit(1, BATCH), () => put(next())) };
  }
}

const writesPerCall = ({ calls, writes }: Recorded): number => writes / calls.length;

/** One after the other: measurements beside each other would disturb each other. */
async function inTurn<T, R>(items: readonly T[], measure: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await measure(item));
  return results;
}
