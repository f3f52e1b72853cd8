import { setTimeout as wait } from 'node:timers/promises';
import { Valkey } from './cache/valkey.ts';
import { type Clients, closeClients, connected, createClients } from './clients.ts';
import { Collection } from './collection.ts';
import type { Config } from './config.ts';
import type { DeadLetterOffice } from './dead-letters/office.ts';
import { InvalidInputError, NotAuditedError, NotListableError, StoreUnavailableError } from './errors.ts';
import type { Drained, DrainOptions } from './flush/drain.ts';
import type { QueueMessage } from './flush/flush-messages.ts';
import { type FlushOptions, selectionOf } from './flush/flush-options.ts';
import type { Flushing } from './flush/flushing.ts';
import type { Pause } from './flush/flushing-record.ts';
import type { HistoryPage } from './history/history-reader.ts';
import { compare } from './insight/consistency.ts';
import { readHealth } from './insight/health.ts';
import { oldestLagMs } from './insight/stats.ts';
import type { Consistency, DrainReport, Health, Stats } from './insight/types.ts';
import type { ItemPage, PageOptions } from './listing/list-reader.ts';
import type { JsonObject } from './model/json.ts';
import { checkKey } from './model/key.ts';
import type { Acknowledgement, Item, Operation, Outcome, WriteOperation, WriteOptions } from './model/operation.ts';
import { seeInOrder, type TableChangesReport } from './others/see-in-order.ts';
import type { StreamRecord } from './others/stream-records.ts';
import { assemble, type Parts, type WriteBehindOptions } from './parts.ts';
import { type WarmOptions, type WarmReport, type WarmTarget, WarmUp } from './read/warm.ts';
import { Reshape, type ReshapeReport } from './reshape.ts';
import { MAX_SHARDS, policyOf } from './settings.ts';
import type { Stores } from './store/store.ts';
import { openStores } from './store/stores.ts';
import { traced } from './tracing/tracing.ts';
import { checkCollection, checkItemKey } from './write/prepare.ts';

export type { WriteBehindOptions } from './parts.ts';
export type { ReshapeReport } from './reshape.ts';

const DRAIN_MS = 20_000;
const LAST_SIGNALS_MS = 10_000;
/** Half of what a Lambda function is given by default. */
const TURNS_MS = 15_000;

/** What a sweep did, and what it saw afterwards. */
export interface SweepReport extends DrainReport {
  readonly oldestLagMs: number;
  readonly dirtyItems: number;
  readonly parkedItems: number;
  /** Why nothing was stored; `null` where flushing is not paused. */
  readonly paused: Pause | null;
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
  readonly #stores: Stores;
  readonly #parts: Parts;

  /** For {@link WriteBehind.connect}, which waits for the connection too. */
  private constructor(config: Config, clients: Clients, stores: Stores, parts: Parts) {
    this.config = config;
    this.#clients = clients;
    this.#stores = stores;
    this.#parts = parts;
  }

  /**
   * Builds a cache and waits for Valkey, at most the Valkey time-out: without it the cache works on, degraded.
   *
   * @throws {ConfigurationError} with PostgreSQL: `pg` is not installed, or the tables are not as they should be
   */
  static async connect(config: Config, options: WriteBehindOptions = {}): Promise<WriteBehind> {
    const clients = options.clients ?? createClients(config);
    let stores: Stores;
    try {
      [stores] = await Promise.all([openStores(config, clients), connected(clients.valkey, config.valkeyTimeoutMs)]);
    } catch (error) {
      closeClients(clients);
      throw error;
    }
    const valkey = new Valkey(clients.valkey);
    await valkey.loadScripts();
    const parts = assemble(config, clients, valkey, stores, options);
    await parts.cache.layout.follow();
    return new WriteBehind(config, clients, stores, parts);
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
    return this.#parts.writePath.apply(operations);
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
   * @throws {StoreUnavailableError} it is not cached and the database does not give it now
   */
  async get(key: string): Promise<Item | null> {
    checkItemKey(key, this.config);
    return this.#parts.readPath.get(key);
  }

  /**
   * Puts an item under a new id (ULID, ordered by time); a retry under the same idempotency key keeps the id. Throws as
   * {@link WriteBehind.execute}.
   */
  append(collection: string, value: JsonObject, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#parts.writePath.append(collection, value, options);
  }

  /**
   * Loads items into the cache ahead of their readers, after Valkey was lost or before a rush: by their keys, or a whole collection.
   * Nothing that is cached is touched, and no write needs to wait. What Valkey has no room for pushes out what was loaded before.
   *
   * Needs `dynamodb:GetItem` on the table, for a collection `dynamodb:Scan` too: it reads all of the table. When DynamoDB throttles
   * or is away it waits and tries again, and gives up after about 13 s.
   *
   * @throws {InvalidInputError} {@link UnknownCollectionError} a key, the collection or the rate is at fault
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} {@link NoRoomError} Valkey is away or full
   * @throws {StoreUnavailableError} DynamoDB is away, throttles for too long, or does not allow it
   * @example
   * const bar = new SingleBar({});
   * bar.start(keys.length, 0);
   * const { loaded } = await cache.warm({ keys }, { itemsPerSecond: 200, onProgress: ({ seen }) => bar.update(seen) });
   */
  async warm(target: WarmTarget, options: WarmOptions = {}): Promise<WarmReport> {
    return new WarmUp(this.#parts.warm, options).run(target);
  }

  /**
   * Stores dirty items now, oldest first.
   *
   * @throws {InvalidInputError} {@link UnknownCollectionError} a key or the collection is at fault
   * @throws {FlushPausedError} nothing was stored
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError}
   * @example
   * await cache.flush({ keys: ['stock/croissant'] }); // and read it from the table
   */
  async flush(options: FlushOptions = {}): Promise<DrainReport> {
    const { limit = Infinity, deadlineMs = DRAIN_MS } = options;
    const selection = selectionOf(options, this.config);
    await this.#parts.flushing.refuseWhilePaused();
    const now = this.#parts.nowMs();
    const { report } = await this.#drain({
      selection,
      dirtyBeforeMs: now + 1,
      limit,
      deadlineMs: now + deadlineMs,
      parkBeforeMs: this.#parkBeforeMs(now),
    });
    return report;
  }

  /**
   * Stores items that stayed dirty for longer than `sweepAfterSeconds`: their signal was lost or failed. While flushing is paused it only counts.
   *
   * @param options.deadlineMs for so long; default 20,000 ms
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError}
   */
  async sweep(options: { readonly deadlineMs?: number } = {}): Promise<SweepReport> {
    const { deadlineMs = DRAIN_MS } = options;
    const { paused } = await this.#parts.flushing.lastKnown();
    const now = this.#parts.nowMs();
    const { report, shards } = await this.#drain({
      dirtyBeforeMs: now - this.config.sweepAfterSeconds * 1000,
      limit: paused ? 0 : Infinity,
      deadlineMs: now + deadlineMs,
      parkBeforeMs: this.#parkBeforeMs(now),
    });
    // What is not removed now is removed by a later sweep.
    await this.#parts.purge?.(now).catch(unlessUnavailable);
    return {
      ...report,
      oldestLagMs: oldestLagMs(shards, this.#parts.nowMs()),
      dirtyItems: report.remaining,
      parkedItems: shards.reduce((sum, shard) => sum + shard.parkedItems, 0),
      paused,
    };
  }

  /**
   * Moves the items to another number of shards while they are read and written: for operators, since Valkey goes on with the number that it
   * has whatever the setting says. Writes wait while it stores the last that is dirty, less than `leaseSeconds`; after that each item is read from DynamoDB once
   * again. Every instance must be of this version or a newer one.
   *
   * @throws {InvalidInputError} with path `shards`: allowed are 1 to 1024, and not more than `maxDirtyItems`
   * @throws {FlushPausedError} flushing is paused, and what is dirty may not be stored
   * @throws {NotReshapedError} something is parked, DynamoDB is too slow or refuses, or somebody else does the same: nothing has changed
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} what was begun is taken back within 30 s
   * @example
   * const { formerShards, closedMs } = await cache.reshape({ shards: 128 });
   */
  async reshape({ shards }: { readonly shards: number }): Promise<ReshapeReport> {
    const { cache, drain, flushing, valkey } = this.#parts;
    if (!Number.isInteger(shards) || shards < 1 || shards > Math.min(MAX_SHARDS, this.config.maxDirtyItems)) {
      throw new InvalidInputError(`Allowed are 1 to ${MAX_SHARDS} shards, and not more than maxDirtyItems.`, 'shards');
    }
    await flushing.refuseWhilePaused();
    return new Reshape(valkey, cache, drain, this.config).run(shards);
  }

  #drain(options: DrainOptions): Promise<Drained> {
    const { tracing, drain } = this.#parts;
    return traced(tracing, 'drain', {}, async (span) => {
      const drained = await drain.run(options);
      const { flushed, failed, remaining } = drained.report;
      span?.set({ flushed, failed, remaining });
      return drained;
    });
  }

  /**
   * Flushes what a batch of messages asks for; `failed` are the ids of the messages that must come again.
   *
   * @param options.turnsMs how long items may wait for their turn, where a rate limits the flush; default 15,000 ms
   */
  async flushMessages(
    messages: readonly QueueMessage[],
    options: { readonly turnsMs?: number } = {},
  ): Promise<{ failed: string[] }> {
    const { turnsMs = TURNS_MS } = options;
    const startedAt = performance.now();
    const failed = await this.#parts.messageFlush.flush(messages, this.#parts.nowMs() + turnsMs);
    this.#parts.cache.observations.duration('batch', performance.now() - startedAt);
    return { failed };
  }

  /**
   * Looks at what changed in a table, in the order of its stream, and brings what other programs changed into the cache, by the collections'
   * setting `otherWriters`. What could not be dealt with is to be told again, with all that comes after it of the same item.
   */
  async seeTableChanges(records: readonly StreamRecord[]): Promise<TableChangesReport> {
    const { itemOf } = this.#stores;
    if (!itemOf) throw new TypeError('What changes in PostgreSQL is not looked at.');
    return seeInOrder(records, itemOf, this.#parts.otherWriters);
  }

  /**
   * Cache and database side by side.
   *
   * @throws {InvalidInputError} {@link CacheUnavailableError} {@link StoreUnavailableError}
   */
  async consistency(key: string): Promise<Consistency> {
    checkItemKey(key, this.config);
    const { cache, store, nowMs } = this.#parts;
    return compare(key, cache, store, nowMs());
  }

  /** What was given up, and waits for a person: list, look closer, redrive, discard. */
  get deadLetters(): DeadLetterOffice {
    return this.#parts.deadLetterOffice;
  }

  /** Pause flushing, for a maintenance window, and resume it. */
  get flushing(): Flushing {
    return this.#parts.flushing;
  }

  /**
   * Who changed an item of an audited collection, newest first: every acknowledged write, also those that are not stored yet.
   *
   * @param options.limit changes of one page, 1–1000; default 50
   * @param options.cursor what the page before ended with; default: from the newest
   * @throws {NotAuditedError} the collection keeps no history
   * @throws {InvalidInputError} {@link CacheUnavailableError} {@link StoreUnavailableError}
   */
  async history(
    key: string,
    options: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<HistoryPage> {
    const { collection } = checkKey(key);
    checkItemKey(key, this.config);
    const { history } = this.#parts;
    if (!history || !policyOf(this.config, collection).audited) throw new NotAuditedError(collection);
    return history.page(key, options);
  }

  /**
   * The items of a listable collection, the newest first: by their creation, so that an item that changes keeps its place. What
   * is not in the table yet is among them, but for what was created while DynamoDB or Valkey was away; while Valkey is away, only what
   * is in the table.
   *
   * @param options.limit items of one page, 1–100; default 50. A page may have fewer: it ends at 5 MiB
   * @param options.cursor what the page before ended with; default: from the newest
   * @throws {NotListableError} the collection is not listable
   * @throws {InvalidInputError} {@link StoreUnavailableError}
   */
  async list(collection: string, options: PageOptions = {}): Promise<ItemPage> {
    checkCollection(collection, this.config);
    if (!policyOf(this.config, collection).listable) throw new NotListableError(collection);
    return this.#parts.list.page(collection, options);
  }

  /** Counters over all instances; throws if Valkey or SQS is away. */
  stats(): Promise<Stats> {
    return this.#parts.stats.read();
  }

  /** State of every dependency; never throws for one that is away. */
  health(): Promise<Health> {
    const { cache, queue, store, flushing } = this.#parts;
    return readHealth(cache, queue, store, flushing, this.config.backlogAlert);
  }

  /** Waits for signals that are behind their writes, 10 s at most, then closes every connection. */
  async close(): Promise<void> {
    await Promise.race([this.#parts.signaller.caughtUp(), wait(LAST_SIGNALS_MS, undefined, { ref: false })]);
    closeClients(this.#clients);
    await this.#stores.close();
  }

  /** Before this an item has outlived every retry that its messages would make. */
  #parkBeforeMs(now: number): number {
    const retriesSeconds = this.config.refusedRetrySeconds.reduce((sum, seconds) => sum + seconds, 0);
    return now - (retriesSeconds + this.config.sweepAfterSeconds) * 1000;
  }
}

function unlessUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailableError)) throw error;
}
