import type { Cache, WriteRequest } from '../cache/cache.ts';
import type { WriteReply } from '../cache/replies.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import type { Config, Durability } from '../config.ts';
import { CacheUnavailableError, StoreUnavailableError } from '../errors.ts';
import type { FlushPath } from '../flush/flush-path.ts';
import type { Clock } from '../model/clock.ts';
import type { Image } from '../model/image.ts';
import type { GetOperation, Operation, Outcome, WriteOperation } from '../model/operation.ts';
import { dedupIdOf, encodeSignal, groupOf } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { ReadPath } from '../read/read-path.ts';
import { cacheFailure, levelNotMet, queueFailure, refusalError } from './failures.ts';
import { prepare } from './prepare.ts';

/** A write that the cache took, or, when Valkey is away, that the queue alone is to take. */
interface Written {
  readonly index: number;
  readonly request: WriteRequest;
  readonly version: number;
  /** The state of the item after this write. */
  readonly image: Image;
  readonly inCache: boolean;
  /** Whether its level or the outstanding-signal mark asks for a signal. */
  readonly signal: boolean;
}

/** The operations of one key, in order. */
interface Chain {
  readonly key: string;
  readonly written: Written[];
}

/** Writes to the cache, then does what each write's level asks for before it is acknowledged. */
export class WritePath {
  readonly #cache: Cache;
  readonly #readPath: ReadPath;
  readonly #flushPath: FlushPath;
  readonly #queue: SqsQueue;
  readonly #config: Config;
  readonly #clock: Clock;

  constructor(cache: Cache, readPath: ReadPath, flushPath: FlushPath, queue: SqsQueue, config: Config, clock: Clock) {
    this.#cache = cache;
    this.#readPath = readPath;
    this.#flushPath = flushPath;
    this.#queue = queue;
    this.#config = config;
    this.#clock = clock;
  }

  /**
   * Applies operations: those on one key in order, keys beside each other. One outcome per operation, in order; one that
   * fails never fails the others.
   */
  async apply(operations: readonly Operation[]): Promise<Outcome[]> {
    const startedAt = performance.now();
    const outcomes: Outcome[] = [];
    const indexed = operations.map((operation, index) => ({ operation, index }));
    const chains = await Promise.all(
      [...Map.groupBy(indexed, ({ operation }) => operation.key)].map(async ([key, own]) => {
        const chain: Chain = { key, written: [] };
        for (const { operation, index } of own) {
          try {
            if (operation.op === 'get') outcomes[index] = await this.#get(operation);
            else chain.written.push(await this.#write(operation, index));
          } catch (error) {
            outcomes[index] = { kind: 'failed', key, error: error as Error };
          }
        }
        return chain;
      }),
    );
    await this.#conclude(chains, outcomes);
    const ms = performance.now() - startedAt;
    for (const outcome of outcomes) {
      if (outcome.kind === 'written') this.#cache.observations.duration('write', ms);
    }
    return outcomes;
  }

  async #get(operation: GetOperation): Promise<Outcome> {
    return { kind: 'read', key: operation.key, item: await this.#readPath.get(operation.key) };
  }

  async #write(operation: WriteOperation, index: number): Promise<Written> {
    const prepared = prepare(operation, this.#config);
    try {
      for await (const _ of this.#readPath.turns()) {
        let request = { ...prepared, now: this.#clock() };
        let reply = await this.#cache.write(request);
        if (reply.kind === 'miss') {
          await this.#readPath.load(operation.key, request.token);
          request = { ...prepared, now: this.#clock() };
          reply = await this.#cache.write(request);
        }
        // Another caller loads the item, or took the lease over: look again.
        if (reply.kind === 'busy' || reply.kind === 'miss') continue;
        if (reply.kind === 'ok' || reply.kind === 'replay') return written(index, operation, request, reply);
        throw refusalError(reply, request.maxItemBytes, Math.max(1, this.#config.windowSeconds));
      }
    } catch (error) {
      if (error instanceof StoreUnavailableError) {
        throw levelNotMet('The item is not cached and DynamoDB cannot be reached.', false, error);
      }
      // Rule 12: what needs no cached state goes straight to the queue, with a version from the clock.
      const needsCache = operation.op === 'patch' || prepared.condition !== undefined || prepared.level !== 'queue';
      if (!(error instanceof CacheUnavailableError) || needsCache) throw cacheFailure(error);
      const request = { ...prepared, now: this.#clock() };
      const image = imageOf(operation, request.now);
      return { index, request, version: request.now, image, inCache: false, signal: true };
    }
    throw levelNotMet('The item is being loaded by another caller for too long.', false, undefined);
  }

  /** Meets the levels: write-through first, then one signal per key that still needs one. */
  async #conclude(chains: readonly Chain[], outcomes: Outcome[]): Promise<void> {
    const through = chains.filter(({ written }) => written.some(({ request }) => request.level === 'database'));
    const { results } = await this.#flushPath.flush(
      through.map(({ key, written }) => ({ key, version: newest(written).version, image: newest(written).image })),
    );
    const stored = new Set<Chain>();
    for (const [position, chain] of through.entries()) {
      const result = results[position]!;
      if (result.kind === 'failed') {
        const { error } = result;
        fail(chain.written, outcomes, 'database', () => levelNotMet('DynamoDB did not take the item.', true, error));
      } else {
        stored.add(chain);
      }
    }
    await Promise.all(chains.map((chain) => this.#signal(chain, outcomes, stored.has(chain))));
    for (const { written } of chains) {
      for (const { index, request, version, image } of written) {
        outcomes[index] ??= {
          kind: 'written',
          acknowledgement: {
            key: request.key,
            version,
            durability: request.level,
            ...(request.change.op === 'patch' && { value: image.value }),
          },
        };
      }
    }
  }

  /**
   * One message for all writes of a key; it carries the value if one of them is acknowledged by it. Also after a
   * write-through: the entry may hold the mark of an outstanding signal.
   */
  async #signal({ key, written }: Chain, outcomes: Outcome[], stored: boolean): Promise<void> {
    if (!written.some(({ signal }) => signal)) return;
    const { version, image, inCache } = newest(written);
    const byMessage = !stored && written.some(({ request }) => request.level === 'queue');
    const signal = { key, version, ...(byMessage && { image }) };
    try {
      await this.#queue.send({ body: encodeSignal(signal), groupId: groupOf(key), dedupId: dedupIdOf(signal) });
    } catch (error) {
      if (byMessage) fail(written, outcomes, 'queue', () => queueFailure(error, inCache));
      if (inCache) await this.#unmark(key);
    }
  }

  /** Without the mark cleared the entry is the sweep's: nothing is lost, it only waits longer. */
  async #unmark(key: string): Promise<void> {
    try {
      await this.#cache.unmark(key);
    } catch (error) {
      if (!isValkeyAway(error)) throw error;
    }
  }
}

function newest(written: readonly Written[]): Written {
  return written.reduce((a, b) => (b.version > a.version ? b : a));
}

function fail(written: readonly Written[], outcomes: Outcome[], level: Durability, error: () => Error): void {
  for (const { index, request } of written) {
    if (request.level === level) outcomes[index] = { kind: 'failed', key: request.key, error: error() };
  }
}

function written(
  index: number,
  operation: WriteOperation,
  request: WriteRequest,
  reply: WriteReply & { kind: 'ok' | 'replay' },
): Written {
  const { version } = reply;
  if (reply.kind === 'ok') {
    const image = reply.entry ?? imageOf(operation, version);
    return { index, request, version, image, inCache: true, signal: reply.signal };
  }
  // Rule 14: the answer of the first attempt, and its signal or store again if that may be missing.
  const image = operation.op === 'patch' ? { ...reply.record, version } : imageOf(operation, version);
  return { index, request, version, image, inCache: true, signal: reply.missing };
}

/** The state that a put or a delete leaves. */
function imageOf(operation: WriteOperation, version: number): Image {
  const { actor, comment } = operation;
  return {
    version,
    deleted: operation.op === 'delete',
    value: operation.op === 'put' ? operation.value : {},
    ...(actor !== undefined && { actor }),
    ...(comment !== undefined && { comment }),
  };
}
