import { setTimeout as wait } from 'node:timers/promises';
import { Cache } from './cache/cache.ts';
import type { Valkey } from './cache/valkey.ts';
import type { Clients } from './clients.ts';
import type { Config } from './config.ts';
import { DeadLetterOffice } from './dead-letters/office.ts';
import { type DeadLetterReport, silentDeadLetterReport } from './dead-letters/report.ts';
import { DeadLetterSender } from './dead-letters/sender.ts';
import { Drain } from './flush/drain.ts';
import { MessageFlush } from './flush/flush-messages.ts';
import { FlushPath } from './flush/flush-path.ts';
import { type FlushReport, silentReport } from './flush/report.ts';
import { HistoryReader } from './history/history-reader.ts';
import { HistoryStore } from './history/history-store.ts';
import { Recorder } from './history/recorder.ts';
import { StatsReader } from './insight/stats.ts';
import { ListReader } from './listing/list-reader.ts';
import { type Clock, systemClock } from './model/clock.ts';
import { Cursors } from './model/cursor.ts';
import { SqsQueue } from './queue/sqs-queue.ts';
import { SqsReceiver } from './queue/sqs-receiver.ts';
import { ReadPath } from './read/read-path.ts';
import type { WarmParts } from './read/warm.ts';
import { hasListing, policyOf } from './settings.ts';
import { DynamoDbStore } from './store/dynamodb-store.ts';
import { KeyScan } from './store/key-scan.ts';
import { listPartitionOf } from './store/list-index.ts';
import { checkCollection } from './write/prepare.ts';
import { Signaller } from './write/signaller.ts';
import { WritePath } from './write/write-path.ts';

/** What may be given from outside; everything has a default. */
export interface WriteBehindOptions {
  /** @default clients of one's own, by the configuration */
  readonly clients?: Clients;
  /** Hears of failures. @default nobody; they are counted all the same */
  readonly report?: FlushReport;
  /** Hears who discards dead letters, and why. @default nobody */
  readonly deadLetterReport?: DeadLetterReport;
  /** Time in µs since the epoch. @default the system's */
  readonly clock?: Clock;
  /**
   * Whether a write at `cache` level waits for its signal: `awaited` where the process may stop after the answer, as on Lambda. `behind` it, signals share
   * requests; those that an instance has not sent when it ends leave their items to the sweep.
   *
   * @default 'behind'
   */
  readonly signals?: 'awaited' | 'behind';
  /** Gives numbers from 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Waits so many ms while another caller loads an item. @default the system's timer */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What a cache consists of. */
export interface Parts {
  readonly valkey: Valkey;
  readonly cache: Cache;
  readonly store: DynamoDbStore;
  readonly queue: SqsQueue;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly signaller: Signaller;
  readonly messageFlush: MessageFlush;
  readonly drain: Drain;
  readonly deadLetterOffice: DeadLetterOffice;
  /** Where a table of the history is configured. */
  readonly history: HistoryReader | undefined;
  readonly list: ListReader;
  readonly warm: WarmParts;
  readonly stats: StatsReader;
  readonly nowMs: () => number;
}

/** Puts the parts of a cache together. */
export function assemble(config: Config, clients: Clients, valkey: Valkey, options: WriteBehindOptions): Parts {
  const { queueUrl, deadLetterQueueUrl, tableName, historyTableName } = config.endpoints;
  const clock = options.clock ?? systemClock();
  const nowMs = () => Math.floor(clock() / 1000);
  const policyOfKey = (key: string) => policyOf(config, key.slice(0, key.indexOf('/')));
  const ttlSecondsOf = (key: string) => policyOfKey(key).ttlSeconds;
  const partitionOf = (key: string) =>
    policyOfKey(key).listable ? listPartitionOf(key, config.listPartitions) : undefined;
  const cache = new Cache(valkey, config);
  const store = new DynamoDbStore(clients.dynamodb, {
    tableName,
    tombstoneDays: config.tombstoneDays,
    ...(hasListing(config) && { listPartitionOf: partitionOf }),
  });
  const queue = new SqsQueue(clients.sqs, queueUrl);
  const deadLetterQueue = new SqsQueue(clients.sqs, deadLetterQueueUrl);
  const deadLetters = new DeadLetterSender(deadLetterQueue, cache, nowMs);
  const history = historyTableName === undefined ? undefined : new HistoryStore(clients.dynamodb, historyTableName);
  const recorder = new Recorder(cache, history);
  const flushPath = new FlushPath(cache, store, recorder, ttlSecondsOf, nowMs);
  const readPath = new ReadPath(cache, store, policyOfKey, config.leaseSeconds, nowMs, options.wait ?? wait);
  const signaller = new Signaller(queue, cache, options.signals !== 'awaited');
  const report = options.report ?? silentReport;
  const random = options.random ?? Math.random;
  return {
    valkey,
    cache,
    store,
    queue,
    readPath,
    writePath: new WritePath(cache, readPath, flushPath, signaller, config, clock),
    signaller,
    messageFlush: new MessageFlush(flushPath, cache, queue, deadLetters, config, report, random, nowMs),
    drain: new Drain(cache, flushPath, deadLetters, nowMs),
    deadLetterOffice: new DeadLetterOffice({
      deadLetterQueue,
      receiver: new SqsReceiver(clients.sqs, deadLetterQueueUrl),
      cursors: new Cursors(`dead letters\0${deadLetterQueueUrl}`),
      queue,
      cache,
      store,
      report: options.deadLetterReport ?? silentDeadLetterReport,
      nowMs,
    }),
    history: history && new HistoryReader(cache, history),
    list: new ListReader({
      cache,
      readPath,
      store,
      ttlSecondsOf,
      nowMs,
      dynamodb: clients.dynamodb,
      tableName,
      listPartitions: config.listPartitions,
    }),
    warm: {
      cache,
      readPath,
      keyScan: new KeyScan(clients.dynamodb, tableName),
      checkCollection: (collection) => checkCollection(collection, config),
      random,
    },
    stats: new StatsReader(cache, queue, deadLetterQueue, config.maxDirtyItems, nowMs),
    nowMs,
  };
}
