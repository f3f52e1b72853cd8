import { closeClients, createClients } from '../../lib/clients.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../../test/support/system.ts';
import { type Compared, compare, type Way } from '../compare.ts';
import { inLanes } from '../lanes.ts';
import { comparisonTable } from '../report/comparison.ts';
import type { Table } from '../report/table.ts';
import type { Target } from '../report/target.ts';
import type { Extent, Findings, Section } from '../section.ts';
import { bareValkey, putItem, record, replay, setAndPush, valkeyCpu } from '../ways/bare.ts';
import { handlerWays } from '../ways/handler.ts';
import { type HttpApi, startHttpApi } from '../ways/http.ts';
import { libraryBatch, libraryPut, type PutOne } from '../ways/library.ts';
import { inCircle, type Put, putsOf, W1 } from '../ways/puts.ts';

const LANES = [1, 16, 64];
/** Those of the targets. */
const TARGET_LANES = 16;
const BATCH = 100;
const LIBRARY = 'library';
const WRITE_THROUGH = 'write-through: PutItem';
/** Of these writes the calls are recorded and made again, over and over. */
const RECORDED = 20_000;

/** Writes, acknowledged, beside what the same machine can do at best. */
export const writePath: Section = {
  name: 'write-path',
  title: 'Write path',
  async run(extent) {
    // Nothing flushes, and all keys are dirty before the clock starts: what is measured is the write, not its signal.
    const system = await startSystem({ settings: { windowSeconds: 900 } });
    const http = await startHttpApi(system.config);
    const bench = new WritePathBench(system, http, extent);
    try {
      return await bench.run();
    } finally {
      await bench.close();
      await http.stop();
      await system.stop();
    }
  },
};

class WritePathBench {
  readonly #system: System;
  readonly #cache: WriteBehind;
  readonly #http: HttpApi;
  readonly #extent: Extent;
  readonly #seconds: number;
  readonly #clients: ReturnType<typeof createClients>;
  readonly #redis: ReturnType<typeof bareValkey>;
  readonly #puts: readonly Put[];

  constructor(system: System, http: HttpApi, extent: Extent) {
    this.#system = system;
    this.#cache = system.cache;
    this.#http = http;
    this.#extent = extent;
    this.#seconds = extent.quick ? 0.05 : 0.6;
    this.#clients = createClients(system.config);
    this.#redis = bareValkey(system.servers.valkey.url);
    this.#puts = putsOf({ ...W1, count: extent.quick ? 2000 : RECORDED });
  }

  async run(): Promise<Findings> {
    await this.#makeAllDirty();
    const tables: Table[] = [];
    const targets: Target[] = [];
    for (const lanes of LANES) {
      const compared = await this.#compare(await this.#cacheWays(lanes));
      tables.push(comparisonTable(`write-cache-${lanes}`, `Puts at \`cache\` level, ${lanes} at once`, compared));
      if (lanes === TARGET_LANES) targets.push(...targetsOf(compared));
    }
    return { tables, targets };
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    closeClients(this.#clients);
  }

  /** The first write of a key signals; those after it find the mark. */
  async #makeAllDirty(): Promise<void> {
    const keys = [...new Map(this.#puts.map((put) => [put.key, put])).values()];
    const put = libraryBatch(this.#cache, 'cache');
    for (let start = 0; start < keys.length; start += BATCH) await put(keys.slice(start, start + BATCH));
  }

  #compare(ways: readonly Way[]): Promise<Compared[]> {
    return compare(ways, { repeats: this.#extent.repeats, valkeyCpu: () => valkeyCpu(this.#redis) });
  }

  async #cacheWays(lanes: number): Promise<Way[]> {
    const { valkey } = this.#system.servers;
    const recorded = await record(this.#system, lanes, this.#puts, (cache) => libraryPut(cache, 'cache'));
    const again = replay(this.#redis, recorded);
    const each = recorded.writes / recorded.calls.length;
    this.#extent.log(`${lanes} at once: ${recorded.calls.length} calls of scripts for ${recorded.writes} writes`);
    return [
      {
        name: `bare EVALSHA on ${valkey.kind}`,
        run: () => inLanes({ lanes, seconds: this.#seconds, itemsEach: each }, again),
      },
      this.#singly('bare SET and RPUSH', lanes, setAndPush(this.#redis)),
      this.#singly(LIBRARY, lanes, libraryPut(this.#cache, 'cache')),
      this.#singly('api handler', lanes, handlerWays(this.#cache, 'cache').put),
      { ...this.#singly('HTTP', lanes, this.#http.ways('cache').put), elsewhere: true },
      this.#singly(WRITE_THROUGH, lanes, putItem(this.#clients.dynamodb, this.#system.config.endpoints.tableName)),
    ];
  }

  #singly(name: string, lanes: number, put: PutOne): Way {
    const next = inCircle(this.#puts);
    return { name, run: () => inLanes({ lanes, seconds: this.#seconds }, () => put(next())) };
  }
}

/** Redisson's write-behind on another machine of the same class, writes/s. */
const REDISSON = 16_400;

function targetsOf(compared: readonly Compared[]): Target[] {
  const library = compared.find(({ name }) => name === LIBRARY)!;
  const through = compared.find(({ name }) => name === WRITE_THROUGH)!;
  return [
    {
      id: 'write-share-of-bare',
      what: `puts at \`cache\` level, library, ${TARGET_LANES} at once: of the bare EVALSHA`,
      unit: 'times',
      wanted: { atLeast: 0.7 },
      measured: library.speed.median,
      ifMissed: 'checking the put and making the answer share one thread with the client of Valkey',
    },
    {
      id: 'write-rate-redisson',
      what: 'the same: puts/s, three times what Redisson takes',
      unit: 'perSecond',
      wanted: { atLeast: 3 * REDISSON },
      measured: library.rate.median,
      ifMissed: 'see the share of the bare EVALSHA, which the machine bounds',
    },
    {
      id: 'write-rate',
      what: 'the same: puts/s',
      unit: 'perSecond',
      wanted: { atLeast: 78_000 },
      measured: library.rate.median,
      ifMissed: 'see the share of the bare EVALSHA, which the machine bounds',
    },
    {
      id: 'write-p99',
      what: 'the same: 99th percentile',
      unit: 'ms',
      wanted: { atMost: 3.4 },
      measured: library.p99!.median,
      ifMissed: 'Valkey, its clients and the servers beside it share two cores',
    },
    {
      id: 'write-p50-of-write-through',
      what: 'the same: p50, of the p50 of write-through',
      unit: 'times',
      wanted: { atMost: 0.1 },
      measured: library.p50!.median / through.p50!.median,
      ifMissed: 'the table is on the same machine: write-through has no network to cross',
    },
  ];
}
