import { monotonicFactory } from 'ulid';
import { Cache } from './cache/cache.ts';
import { Valkey } from './cache/valkey.ts';
import { type Clients, closeClients, connected, createClients } from './clients.ts';
import { Collection } from './collection.ts';
import { type Config, policyOf } from './config.ts';
import { DeadLetters } from './flush/dead-letters.ts';
import { Drain } from './flush/drain.ts';
import { MessageFlush, type QueueMessage } from './flush/flush-messages.ts';
import { FlushPath } from './flush/flush-path.ts';
import { type FlushReport, silentReport } from './flush/report.ts';
import { compare } from './insight/consistency.ts';
import { readHealth } from './insight/health.ts';
import { oldestLagMs, StatsReader } from './insight/stats.ts';
import type { Consistency, DrainReport, Health, Stats } from './insight/types.ts';
import { type Clock, systemClock } from './model/clock.ts';
import type { JsonObject } from './model/json.ts';
import { checkKey } from './model/key.ts';
import type { Acknowledgement, Item, Operation, Outcome, WriteOperation, WriteOptions } from './model/operation.ts';
import { SqsQueue } from './queue/sqs-queue.ts';
import { ReadPath } from './read/read-path.ts';
import { DynamoDbStore } from './store/dynamodb-store.ts';
import { checkCollection } from './write/prepare.ts';
import { WritePath } from './write/write-path.ts';

const DRAIN_MS = 20_000;
/** Ids that one instance makes within a millisecond are in order too. */
const nextId = monotonicFactory();

/** What a sweep did, and what it saw afterwards. */
export interface SweepReport extends DrainReport {
  readonly oldestLagMs: number;
  readonly dirtyItems: number;
  readonly parkedItems: number;
}

/** What may be given from outside; everything has a default. */
export interface WriteBehindOptions {
  /** @default clients of one's own, by the configuration */
  readonly clients?: Clients;
  /** Hears of failures. @default nobody; they are counted all the same */
  readonly report?: FlushReport;
  /** Time in µs since the epoch. @default the system's */
  readonly clock?: Clock;
  /** Gives numbers from 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
}

/**
 * A write-behind cache: writes are acknowledged at cache speed, and DynamoDB gets the last value of each item once per window.
 *
 * @example
 * const cache = await WriteBehind.connect(configFromEnvironment());
 * const flights = cache.collection<Flight>('flights');
 * await flights.put('115', { origin: 'ABQ', delay: 12 }, { durability: 'cache' });
 */
export class WriteBehind {
  readonly config: Config;
  readonly #clients: Clients;
  readonly #cache: Cache;
  readonly #store: DynamoDbStore;
  readonly #queue: SqsQueue;
  readonly #readPath: ReadPath;
  readonly #writePath: WritePath;
  readonly #messageFlush: MessageFlush;
  readonly #drain: Drain;
  readonly #stats: StatsReader;
  readonly #nowMs: () => number;

  /** For {@link WriteBehind.connect}, which waits for the connection too. */
  private constructor(config: Config, clients: Clients, valkey: Valkey, options: WriteBehindOptions) {
    const clock = options.clock ?? systemClock();
    const nowMs = () => Math.floor(clock() / 1000);
    const ttlSecondsOf = (key: string) => policyOf(config, key.slice(0, key.indexOf('/'))).ttlSeconds;
    const cache = new Cache(valkey, config);
    const store = new DynamoDbStore(clients.dynamodb, config.endpoints.tableName, config.tombstoneDays);
    const queue = new SqsQueue(clients.sqs, config.endpoints.queueUrl);
    const deadLetterQueue = new SqsQueue(clients.sqs, config.endpoints.deadLetterQueueUrl);
    const deadLetters = new DeadLetters(deadLetterQueue, cache, nowMs);
    const flushPath = new FlushPath(cache, store, ttlSecondsOf, nowMs);
    this.config = config;
    this.#clients = clients;
    this.#cache = cache;
    this.#store = store;
    this.#queue = queue;
    this.#nowMs = nowMs;
    this.#readPath = new ReadPath(cache, store, ttlSecondsOf, config.leaseSeconds, nowMs);
    this.#writePath = new WritePath(cache, this.#readPath, flushPath, queue, config, clock);
    this.#drain = new Drain(cache, flushPath, deadLetters, nowMs);
    this.#stats = new StatsReader(cache, queue, deadLetterQueue, config.maxDirtyItems, nowMs);
    const report = options.report ?? silentReport;
    this.#messageFlush = new MessageFlush(flushPath, queue, deadLetters, config, report, options.random ?? Math.random);
  }

  /** Builds a cache and waits for Valkey, at most the Valkey time-out: without it the cache works on, degraded. */
  static async connect(config: Config, options: WriteBehindOptions = {}): Promise<WriteBehind> {
    const clients = options.clients ?? createClients(config);
    await connected(clients.valkey, config.valkeyTimeoutMs);
    const valkey = new Valkey(clients.valkey);
    await valkey.loadScripts();
    return new WriteBehind(config, clients, valkey, options);
  }

  /** The items of one collection, with typed values. */
  collection<T extends object = JsonObject>(name: string): Collection<T> {
    return new Collection<T>(this, name);
  }

  /**
   * Applies operations: those on one key in order, keys beside each other. One outcome per operation, in order; one that
   * fails never fails the others. Size limits are the caller's business; over HTTP it is 100 operations.
   */
  batch(operations: readonly Operation[]): Promise<Outcome[]> {
    return this.#writePath.apply(operations);
  }

  /**
   * Writes one item.
   *
   * @throws {InvalidInputError} {@link ItemTooLargeError} {@link UnknownCollectionError} the input is at fault
   * @throws {BoundError} {@link PreconditionFailedError} {@link IdempotencyConflictError} the item's state forbids it
   * @throws {NoRoomError} {@link HotKeyError} too much at once
   * @throws {LevelNotMetError} the durability level could not be met
   */
  async execute(operation: WriteOperation): Promise<Acknowledgement> {
    const [outcome] = await this.batch([operation]);
    if (outcome?.kind === 'written') return outcome.acknowledgement;
    throw outcome?.kind === 'failed' ? outcome.error : new TypeError('The operation is not a write.');
  }

  /**
   * Reads an item; `null` if there is none.
   *
   * @throws {InvalidInputError} the key is at fault
   * @throws {StoreUnavailableError} it is not cached and DynamoDB cannot be reached
   */
  async get(key: string): Promise<Item | null> {
    checkCollection(checkKey(key).collection, this.config);
    return this.#readPath.get(key);
  }

  /** Puts an item under a new id (ULID, ordered by time); throws as {@link WriteBehind.execute}. */
  append(collection: string, value: JsonObject, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.execute({ op: 'put', key: `${collection}/${nextId()}`, value, ...options });
  }

  /**
   * Stores dirty items now, oldest first.
   *
   * @param options.limit at most so many items; default: all
   * @param options.deadlineMs for so long; default 20,000 ms
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError}
   */
  async flush({ limit = Infinity, deadlineMs = DRAIN_MS } = {}): Promise<DrainReport> {
    const now = this.#nowMs();
    const { report } = await this.#drain.run({
      dirtyBeforeMs: now + 1,
      limit,
      deadlineMs: now + deadlineMs,
      parkBeforeMs: this.#parkBeforeMs(now),
    });
    return report;
  }

  /**
   * Stores items that stayed dirty for longer than `sweepAfterSeconds`: their signal was lost or failed.
   *
   * @param options.deadlineMs for so long; default 20,000 ms
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError}
   */
  async sweep({ deadlineMs = DRAIN_MS } = {}): Promise<SweepReport> {
    const now = this.#nowMs();
    const { report, shards } = await this.#drain.run({
      dirtyBeforeMs: now - this.config.sweepAfterSeconds * 1000,
      limit: Infinity,
      deadlineMs: now + deadlineMs,
      parkBeforeMs: this.#parkBeforeMs(now),
    });
    return {
      ...report,
      oldestLagMs: oldestLagMs(shards, this.#nowMs()),
      dirtyItems: report.remaining,
      parkedItems: shards.reduce((sum, shard) => sum + shard.parkedItems, 0),
    };
  }

  /** Flushes what a batch of messages asks for; `failed` are the ids of the messages that must come again. */
  async flushMessages(messages: readonly QueueMessage[]): Promise<{ failed: string[] }> {
    const startedAt = performance.now();
    const failed = await this.#messageFlush.flush(messages);
    this.#cache.observations.duration('batch', performance.now() - startedAt);
    return { failed };
  }

  /**
   * Cache and database side by side.
   *
   * @throws {InvalidInputError} {@link CacheUnavailableError} {@link StoreUnavailableError}
   */
  async consistency(key: string): Promise<Consistency> {
    checkCollection(checkKey(key).collection, this.config);
    return compare(key, this.#cache, this.#store, this.#nowMs());
  }

  /** Counters over all instances; throws if Valkey or SQS is away. */
  stats(): Promise<Stats> {
    return this.#stats.read();
  }

  /** State of every dependency; never throws for one that is away. */
  health(): Promise<Health> {
    return readHealth(this.#cache, this.#queue, this.#store, this.config.backlogAlert);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    closeClients(this.#clients);
  }

  /** Before this an item has outlived every retry that its messages would make. */
  #parkBeforeMs(now: number): number {
    const retriesSeconds = this.config.refusedRetrySeconds.reduce((sum, seconds) => sum + seconds, 0);
    return now - (retriesSeconds + this.config.sweepAfterSeconds) * 1000;
  }
}
