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
import type { FlushSwitch } from './flush/flush-switch.ts';
import { Flushing, type FlushingReport } from './flush/flushing.ts';
import { FlushingRecord } from './flush/flushing-record.ts';
import { Pacer } from './flush/pacer.ts';
import { type FlushReport, silentReport } from './flush/report.ts';
import { HistoryReader } from './history/history-reader.ts';
import { Recorder } from './history/recorder.ts';
import { StatsReader } from './insight/stats.ts';
import { ListReader } from './listing/list-reader.ts';
import { type Clock, systemClock } from './model/clock.ts';
import { Cursors } from './model/cursor.ts';
import { OtherWriters } from './others/other-writers.ts';
import { SqsQueue } from './queue/sqs-queue.ts';
import { SqsReceiver } from './queue/sqs-receiver.ts';
import { ReadPath } from './read/read-path.ts';
import type { WarmParts } from './read/warm.ts';
import { policyOf } from './settings.ts';
import type { Store, Stores } from './store/store.ts';
import type { Tracing } from './tracing/tracing.ts';
import { checkCollection, checkItemKey } from './write/prepare.ts';
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
  /** Where spans go, and which trace a message travels with: `write-behind/open-telemetry` has one. @default nowhere, at no cost */
  readonly tracing?: Tracing;
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
  /** Holds signals in the queue while flushing is paused. @default none: flushing is paused and resumed elsewhere */
  readonly flushSwitch?: FlushSwitch;
  /** Hears who pauses and resumes flushing, and why. @default nobody */
  readonly flushingReport?: FlushingReport;
  /** Waits so many ms: while another caller loads an item, until an item's turn to be stored comes, for a short pause to be old enough. @default the system's timer */
  readonly wait?: (ms: number) => Promise<void>;
}

/** What a cache consists of. */
export interface Parts {
  readonly valkey: Valkey;
  readonly cache: Cache;
  readonly store: Store;
  readonly queue: SqsQueue;
  readonly readPath: ReadPath;
  readonly writePath: WritePath;
  readonly otherWriters: OtherWriters;
  readonly signaller: Signaller;
  readonly messageFlush: MessageFlush;
  readonly drain: Drain;
  readonly flushing: Flushing;
  readonly deadLetterOffice: DeadLetterOffice;
  /** Where a table of the history is configured. */
  readonly history: HistoryReader | undefined;
  readonly list: ListReader;
  readonly warm: WarmParts;
  /** Where the store keeps tombstones until they are removed. */
  readonly purge: Stores['purge'];
  readonly stats: StatsReader;
  readonly nowMs: () => number;
  readonly tracing: Tracing | undefined;
}

/** Puts the parts of a cache together. */
export function assemble(
  config: Config,
  clients: Clients,
  valkey: Valkey,
  { store, keyPages, places, history, purge }: Stores,
  options: WriteBehindOptions,
): Parts {
  const { queueUrl, deadLetterQueueUrl } = config.endpoints;
  const clock = options.clock ?? systemClock();
  const nowMs = () => Math.floor(clock() / 1000);
  const policyOfKey = (key: string) => policyOf(config, key.slice(0, key.indexOf('/')));
  const ttlSecondsOf = (key: string) => policyOfKey(key).ttlSeconds;
  const cache = new Cache(valkey, config);
  const report = options.report ?? silentReport;
  const queue = new SqsQueue(clients.sqs, queueUrl, options.wait ?? wait);
  const deadLetterQueue = new SqsQueue(clients.sqs, deadLetterQueueUrl);
  const deadLetters = new DeadLetterSender(deadLetterQueue, cache, nowMs, report);
  const recorder = new Recorder(cache, history);
  const flushPath = new FlushPath(cache, store, recorder, ttlSecondsOf, nowMs, options.tracing);
  const readPath = new ReadPath(cache, store, policyOfKey, config.leaseSeconds, nowMs, options.wait ?? wait);
  const signaller = new Signaller(queue, cache, options.signals !== 'awaited', options.tracing);
  const { flushRatePerSecond } = config;
  const flushing = new Flushing({
    record: new FlushingRecord(clients.sqs, queueUrl),
    flushSwitch: options.flushSwitch,
    flushRatePerSecond,
    report: options.flushingReport,
    nowMs,
    wait: options.wait ?? wait,
  });
  const pacer = new Pacer(cache.pace, flushing, flushRatePerSecond, nowMs, options.wait ?? wait);
  const random = options.random ?? Math.random;
  const writePath = new WritePath(cache, readPath, flushPath, signaller, config, clock, options.tracing);
  return {
    valkey,
    cache,
    store,
    queue,
    readPath,
    writePath,
    otherWriters: new OtherWriters({ cache, store, writePath, history, policyOf: policyOfKey }),
    signaller,
    messageFlush: new MessageFlush(
      flushPath,
      cache,
      queue,
      deadLetters,
      pacer,
      config,
      report,
      random,
      nowMs,
      options.tracing,
    ),
    drain: new Drain(cache, flushPath, deadLetters, pacer, nowMs),
    flushing,
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
    list: new ListReader({ cache, readPath, store, ttlSecondsOf, nowMs, places }),
    warm: {
      cache,
      readPath,
      keyPages,
      checkCollection: (collection) => checkCollection(collection, config),
      checkItemKey: (key) => checkItemKey(key, config),
      random,
    },
    purge,
    stats: new StatsReader(cache, queue, deadLetterQueue, flushing, config.maxDirtyItems, nowMs),
    nowMs,
    tracing: options.tracing,
  };
}
