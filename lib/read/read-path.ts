import { randomUUID } from 'node:crypto';
import type { Cache } from '../cache/cache.ts';
import type { ReadReply } from '../cache/replies.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import { NoRoomError, WriteBehindError } from '../errors.ts';
import { type Image, timeOf } from '../model/image.ts';
import type { Item } from '../model/operation.ts';
import { encodeAttribute } from '../model/value.ts';
import type { CollectionPolicy } from '../settings.ts';
import type { Store } from '../store/store.ts';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 50;

/** Reads, cache first; and loads items into the cache under a lease, also ahead of their expiry (rule 8). */
export class ReadPath {
  readonly #cache: Cache;
  readonly #store: Store;
  readonly #policyOf: (key: string) => CollectionPolicy;
  readonly #leaseSeconds: number;
  readonly #nowMs: () => number;
  readonly #wait: (ms: number) => Promise<void>;

  constructor(
    cache: Cache,
    store: Store,
    policyOf: (key: string) => CollectionPolicy,
    leaseSeconds: number,
    nowMs: () => number,
    wait: (ms: number) => Promise<void>,
  ) {
    this.#cache = cache;
    this.#store = store;
    this.#policyOf = policyOf;
    this.#leaseSeconds = leaseSeconds;
    this.#nowMs = nowMs;
    this.#wait = wait;
  }

  /**
   * Reads an item; `null` if there is none.
   *
   * @throws {StoreUnavailableError} it is not cached and the database does not give it now
   */
  async get(key: string): Promise<Item | null> {
    const token = randomUUID();
    const turns = this.turns();
    do {
      const reply = await this.#look(key, token);
      if (reply.kind === 'hit') {
        const fresh = reply.refreshes && (await this.#refresh(key, token));
        return fresh === undefined ? this.#cachedItem(key, reply) : storedItem(key, fresh);
      }
      if (reply.kind === 'miss') {
        const image = await this.load(key, token);
        await this.fill(key, token, image);
        return storedItem(key, image);
      }
      if (reply.kind === 'full') break;
    } while (await turns.another());
    // Valkey is away or full, or another reader's load takes too long: read without filling.
    return storedItem(key, await this.#store.get(key));
  }

  /**
   * Reads items as they are now without loading them into the cache: a list must not push hot items out.
   *
   * @returns for each key the item and the version that created it, where that is known; `null` if there is none
   * @throws {StoreUnavailableError} one is not cached and the database does not give it now
   */
  async peek(keys: readonly string[]): Promise<({ item: Item; created: number | undefined } | null)[]> {
    const replies = await Promise.all(keys.map((key) => this.#look(key, '')));
    const stored = await this.#store.getMany(keys.filter((_, index) => replies[index]!.kind !== 'hit'));
    return keys.map((key, index) => {
      const reply = replies[index]!;
      const image = reply.kind === 'hit' ? reply.entry : stored.get(key);
      const item = reply.kind === 'hit' ? this.#cachedItem(key, reply) : image ? storedItem(key, image) : null;
      return item && { item, created: image?.created };
    });
  }

  /**
   * Loads an item under the lease that `token` holds; a load that fails gives the lease back.
   *
   * @throws {StoreUnavailableError}
   */
  async load(key: string, token: string): Promise<Image | null> {
    try {
      return await this.#store.get(key);
    } catch (error) {
      await this.#unlessValkeyTrouble(() => this.#cache.release(key, token));
      throw error;
    }
  }

  /**
   * Fills the cache with what was loaded, if the lease still stands. That an item does not exist (`null`) is remembered for
   * as long as a lease. Trouble with Valkey is not thrown.
   */
  async fill(key: string, token: string, image: Image | null): Promise<void> {
    await this.#unlessValkeyTrouble(() => this.fillStrictly(key, token, image));
  }

  /** As `fill`, but throws as `Valkey.script` does, and says whether the lease still stood. */
  fillStrictly(key: string, token: string, image: Image | null): Promise<boolean> {
    const found = image ?? { version: 0, deleted: true, value: {} };
    const ttlSeconds = image ? this.#policyOf(key).ttlSeconds : this.#leaseSeconds;
    const attributes = Object.entries(found.value).map(([name, value]) => encodeAttribute(name, value));
    return this.#cache.fill(key, token, found, attributes, ttlSeconds);
  }

  /**
   * Refreshes the entry that `token` has the lease of: what the store holds (`null` if nothing), or `undefined` if that cannot be
   * found out. Its reader waits for it: what a Lambda function does after its answer is frozen. But he has an answer, so a
   * failure is counted and not thrown. The lease then stays for as long as it lasts: while DynamoDB is away one reader in that time
   * waits for it, not one after the other.
   */
  async #refresh(key: string, token: string): Promise<Image | null | undefined> {
    let image: Image | null;
    try {
      image = await this.#store.get(key);
    } catch (error) {
      if (!(error instanceof WriteBehindError)) throw error;
      await this.#unlessValkeyTrouble(() => this.#cache.count(key, 'refreshesFailed'));
      return undefined;
    }
    await this.fill(key, token, image);
    return image;
  }

  /** A read needs neither a filled cache nor a lease given back; a write finds out for itself. */
  async #unlessValkeyTrouble(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(isValkeyAway(error) || error instanceof NoRoomError)) throw error;
    }
  }

  /** For whoever looks again while another caller loads: waits that grow, for as long as a lease. */
  turns(): { another(): Promise<boolean> } {
    const deadline = this.#nowMs() + this.#leaseSeconds * 1000;
    let waitMs = FIRST_WAIT_MS;
    return {
      another: async () => {
        if (this.#nowMs() >= deadline) return false;
        await this.#wait(waitMs);
        waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
        return true;
      },
    };
  }

  async #look(key: string, token: string): Promise<ReadReply> {
    try {
      return await this.#cache.read(key, token, this.#policyOf(key).refreshAheadSeconds);
    } catch (error) {
      if (!isValkeyAway(error)) throw error;
      return { kind: 'full' };
    }
  }

  #cachedItem(key: string, { entry, since }: ReadReply & { kind: 'hit' }): Item | null {
    const item = storedItem(key, entry);
    return (
      item && {
        ...item,
        source: 'cache',
        persisted: entry.persisted >= entry.version,
        lagMs: since === null ? 0 : Math.max(0, Math.round(this.#nowMs() - since)),
      }
    );
  }
}

function storedItem(key: string, image: Image | null): Item | null {
  if (!image || image.deleted) return null;
  const { value, version, actor, comment } = image;
  return {
    key,
    value,
    version,
    source: 'database',
    persisted: true,
    lagMs: 0,
    updatedAt: timeOf(version),
    ...(actor !== undefined && { actor }),
    ...(comment !== undefined && { comment }),
  };
}
