import { setTimeout as wait } from 'node:timers/promises';
import { Valkey } from './cache/valkey.ts';
import { type Clients, closeClients, connected, createClients } from './clients.ts';
import { Collection } from './collection.ts';
import type { Config } from './config.ts';
import type { DeadLetterOffice } from './dead-letters/office.ts';
import { InvalidInputError, NotAuditedError, NotListableError } from './errors.ts';
import type { QueueMessage } from './flush/flush-messages.ts';
import { type FlushOptions, selectionOf } from './flush/flush-options.ts';
import type { HistoryPage } from './history/history-reader.ts';
import { compare } from './insight/consistency.ts';
import { readHealth } from './insight/health.ts';
import { oldestLagMs } from './insight/stats.ts';
import type { Consistency, DrainReport, Health, Stats } from './insight/types.ts';
import type { ItemPage, PageOptions } from './listing/list-reader.ts';
import type { JsonObject } from './model/json.ts';
import { checkKey } from './model/key.ts';
import type { Acknowledgement, Item, Operation, Outcome, WriteOperation, WriteOptions } from './model/operation.ts';
import { assemble, type Parts, type WriteBehindOptions } from './parts.ts';
import { type WarmOptions, type WarmReport, type WarmTarget, WarmUp } from './read/warm.ts';
import { Reshape, type ReshapeReport } from './reshape.ts';
import { MAX_SHARDS, policyOf } from './settings.ts';
import { checkCollection } from './write/prepare.ts';

export type { WriteBehindOptions } from './parts.ts';
export type { ReshapeReport } from './reshape.ts';

const DRAIN_MS = 20_000;
const LAST_SIGNALS_MS = 10_000;

/** What a sweep did, and what it saw afterwards. */
export interface SweepReport extends DrainReport {
  readonly oldestLagMs: number;
  readonly dirtyItems: number;
  readonly parkedItems: number;
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
  readonly #parts: Parts;

  /** For {@link WriteBehind.connect}, which waits for the connection too. */
  private constructor(config: Config, clients: Clients, parts: Parts) {
    this.config = config;
    this.#clients = clients;
    this.#parts = parts;
  }

  /** Builds a cache and waits for Valkey, at most the Valkey time-out: without it the cache works on, degraded. */
  static async connect(config: Config, options: WriteBehindOptions = {}): Promise<WriteBehind> {
    const clients = options.clients ?? createClients(config);
    await connected(clients.valkey, config.valkeyTimeoutMs);
    const valkey = new Valkey(clients.valkey);
    await valkey.loadScripts();
    const parts = assemble(config, clients, valkey, options);
    await parts.cache.layout.follow();
    return new WriteBehind(config, clients, parts);
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
   * @throws {StoreUnavailableError} it is not cached and DynamoDB cannot be reached
   */
  async get(key: string): Promise<Item | null> {
    checkCollection(checkKey(key).collection, this.config);
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
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError}
   * @example
   * await cache.flush({ keys: ['stock/croissant'] }); // and read it from the table
   */
  async flush(options: FlushOptions = {}): Promise<DrainReport> {
    const { limit = Infinity, deadlineMs = DRAIN_MS } = options;
    const now = this.#parts.nowMs();
    const { report } = await this.#parts.drain.run({
      selection: selectionOf(options, this.config),
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
  async sweep(options: { readonly deadlineMs?: number } = {}): Promise<SweepReport> {
    const { deadlineMs = DRAIN_MS } = options;
    const now = this.#parts.nowMs();
    const { report, shards } = await this.#parts.drain.run({
      dirtyBeforeMs: now - this.config.sweepAfterSeconds * 1000,
      limit: Infinity,
      deadlineMs: now + deadlineMs,
      parkBeforeMs: this.#parkBeforeMs(now),
    });
    return {
      ...report,
      oldestLagMs: oldestLagMs(shards, this.#parts.nowMs()),
      dirtyItems: report.remaining,
      parkedItems: shards.reduce((sum, shard) => sum + shard.parkedItems, 0),
    };
  }

  /**
   * Moves the items to another number of shards while they are read and written: for operators, since Valkey goes on with the number that it
   * has whatever the setting says. Writes wait while it stores the last that is dirty, less than `leaseSeconds`; after that each item is read from DynamoDB once
   * again. Every instance must be of this version or a newer one.
   *
   * @throws {InvalidInputError} with path `shards`: allowed are 1 to 1024, and not more than `maxDirtyItems`
   * @throws {NotReshapedError} something is parked, DynamoDB is too slow or refuses, or somebody else does the same: nothing has changed
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} what was begun is taken back within 30 s
   * @example
   * const { formerShards, closedMs } = await cache.reshape({ shards: 128 });
   */
  async reshape({ shards }: { readonly shards: number }): Promise<ReshapeReport> {
    const { cache, drain, valkey } = this.#parts;
    if (!Number.isInteger(shards) || shards < 1 || shards > Math.min(MAX_SHARDS, this.config.maxDirtyItems)) {
      throw new InvalidInputError(`Allowed are 1 to ${MAX_SHARDS} shards, and not more than maxDirtyItems.`, 'shards');
    }
    return new Reshape(valkey, cache, drain, this.config).run(shards);
  }

  /** Flushes what a batch of messages asks for; `failed` are the ids of the messages that must come again. */
  async flushMessages(messages: readonly QueueMessage[]): Promise<{ failed: string[] }> {
    const startedAt = performance.now();
    const failed = await this.#parts.messageFlush.flush(messages);
    this.#parts.cache.observations.duration('batch', performance.now() - startedAt);
    return { failed };
  }

  /**
   * Cache and database side by side.
   *
   * @throws {InvalidInputError} {@link CacheUnavailableError} {@link StoreUnavailableError}
   */
  async consistency(key: string): Promise<Consistency> {
    checkCollection(checkKey(key).collection, this.config);
    const { cache, store, nowMs } = this.#parts;
    return compare(key, cache, store, nowMs());
  }

  /** What was given up, and waits for a person: list, look closer, redrive, discard. */
  get deadLetters(): DeadLetterOffice {
    return this.#parts.deadLetterOffice;
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
    checkCollection(collection, this.config);
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
    const { cache, queue, store } = this.#parts;
    return readHealth(cache, queue, store, this.config.backlogAlert);
  }

  /** Waits for signals that are behind their writes, 10 s at most, then closes every connection. */
  async close(): Promise<void> {
    await Promise.race([this.#parts.signaller.caughtUp(), wait(LAST_SIGNALS_MS, undefined, { ref: false })]);
    closeClients(this.#clients);
  }

  /** Before this an item has outlived every retry that its messages would make. */
  #parkBeforeMs(now: number): number {
    const retriesSeconds = this.config.refusedRetrySeconds.reduce((sum, seconds) => sum + seconds, 0);
    return now - (retriesSeconds + this.config.sweepAfterSeconds) * 1000;
  }
}
