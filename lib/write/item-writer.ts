import { randomUUID } from 'node:crypto';
import type { Cache } from '../cache/cache.ts';
import type { WriteReply } from '../cache/replies.ts';
import type { WriteRequest } from '../cache/write-request.ts';
import type { Config } from '../config.ts';
import { CacheUnavailableError, StoreUnavailableError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Image } from '../model/image.ts';
import type { WriteOperation } from '../model/operation.ts';
import type { ReadPath } from '../read/read-path.ts';
import { cacheFailure, levelNotMet, refusalError } from './failures.ts';
import { prepare } from './prepare.ts';

/** A write that the cache took, or, when Valkey is away, that the queue alone is to take. */
export interface Written {
  readonly request: WriteRequest;
  readonly version: number;
  /** The state of the item after this write. */
  readonly image: Image;
  readonly inCache: boolean;
  /** Whether its level or the outstanding-signal mark asks for a signal. */
  readonly signal: boolean;
}

/** Writes single items to the cache, loading what has to be known first. */
export class ItemWriter {
  readonly #cache: Cache;
  readonly #readPath: ReadPath;
  readonly #config: Config;
  readonly #clock: Clock;

  constructor(cache: Cache, readPath: ReadPath, config: Config, clock: Clock) {
    this.#cache = cache;
    this.#readPath = readPath;
    this.#config = config;
    this.#clock = clock;
  }

  /**
   * Writes an item; `previous` is the write of the same item just before it in a batch.
   *
   * @throws whatever stops this write alone; see `WriteBehind.execute`
   */
  async write(operation: WriteOperation, previous: Written | undefined): Promise<Written> {
    const request = prepare(operation, this.#config);
    // What follows a write that only the queue has must not be based on the cache, even if Valkey is back by now.
    if (previous && !previous.inCache) return this.#straight(operation, request, previous, undefined);
    try {
      return await this.#toCache(operation, request);
    } catch (error) {
      if (error instanceof CacheUnavailableError) return this.#straight(operation, request, previous, error);
      if (error instanceof StoreUnavailableError) {
        throw levelNotMet('The item is not cached, and the database does not give it now.', false, error);
      }
      throw cacheFailure(error);
    }
  }

  async #toCache(operation: WriteOperation, request: WriteRequest): Promise<Written> {
    const turns = this.#readPath.turns();
    do {
      const token = mayHaveToLoad(request) ? randomUUID() : undefined;
      let reply = await this.#cache.write(request, { now: this.#clock(), token });
      if (reply.kind === 'miss' && token !== undefined) {
        const loaded = await this.#load(request, token);
        if (loaded === 'away') {
          // What needs nothing from the item can go on; whether this creates it is found out by the flush.
          request = { ...request, listed: 'blind' };
          continue;
        }
        // It takes no lease: should the fill come behind it, that would stand for a load from before.
        const attempt = { now: this.#clock() };
        // One round trip for both, in this order; should they part, the write looks again.
        const filled = this.#readPath.fill(operation.key, token, loaded);
        [reply] = await Promise.all([this.#cache.write(request, attempt), filled]);
      }
      // Another caller loads the item, or the lease was dropped meanwhile: look again.
      if (reply.kind === 'busy' || reply.kind === 'miss') continue;
      if (reply.kind === 'ok' || reply.kind === 'replay') return written(operation, request, reply);
      throw refusalError(reply, request, Math.max(1, this.#config.windowSeconds));
    } while (await turns.another());
    throw levelNotMet('The item is being loaded by another caller for too long.', false, undefined);
  }

  async #load({ key, change, condition }: WriteRequest, token: string): Promise<Image | null | 'away'> {
    try {
      return await this.#readPath.load(key, token);
    } catch (error) {
      if (error instanceof StoreUnavailableError && change.op === 'put' && condition === undefined) return 'away';
      throw error;
    }
  }

  /** Rule 12: what needs nothing from the cache goes straight to the queue, with a version from the clock. */
  #straight(operation: WriteOperation, request: WriteRequest, previous: Written | undefined, cause: unknown): Written {
    const { condition, idempotency, level } = request;
    if (operation.op === 'patch' || condition !== undefined || idempotency || level !== 'queue') {
      throw levelNotMet('Valkey cannot be reached.', false, cause);
    }
    const version = Math.max(this.#clock(), (previous?.version ?? 0) + 1);
    this.#cache.observations.count('writes:queue', 1);
    this.#cache.observations.count('signals', 1);
    return { request, version, image: imageOf(operation, version), inCache: false, signal: true };
  }
}

function written(
  operation: WriteOperation,
  request: WriteRequest,
  reply: WriteReply & { kind: 'ok' | 'replay' },
): Written {
  const { version } = reply;
  if (reply.kind === 'ok') {
    const { created } = reply;
    const image = reply.entry ?? { ...imageOf(operation, version), ...(created !== undefined && { created }) };
    return { request, version, image, inCache: true, signal: reply.signal };
  }
  // Rule 14: the answer of the first attempt, and its signal or store again if that may be missing.
  const image = operation.op === 'patch' ? { ...reply.record, version } : imageOf(operation, version);
  return { request, version, image, inCache: true, signal: reply.missing };
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

/** Whether the item has to be known before it is written, so that the write script may ask for it. */
function mayHaveToLoad({ change, condition, listed }: WriteRequest): boolean {
  return change.op === 'patch' || condition !== undefined || listed === 'load';
}
