import type { Keys } from './keys.ts';
import type { Layout } from './layout.ts';
import type { ShardState } from './replies.ts';
import type { Valkey } from './valkey.ts';

/** More than an even share is read of each shard, because shares are not even. */
const SPARE = 2;

/** A dirty item and since when it waits, ms since the epoch. */
export interface DirtyItem {
  readonly key: string;
  readonly since: number;
}

/** Certain items: by their keys, or all of a collection. */
export type ItemSelection = { readonly keys: readonly string[] } | { readonly collection: string };

/** What the shards know of their items, over all of them. Every method throws as `Valkey.run` does. */
export class Indexes {
  readonly #valkey: Valkey;
  readonly #keys: Keys;
  readonly #layout: Layout;

  constructor(valkey: Valkey, keys: Keys, layout: Layout) {
    this.#valkey = valkey;
    this.#keys = keys;
    this.#layout = layout;
  }

  /**
   * The dirty items of all shards that have waited longest, since before `beforeMs`, oldest first. At most `limit`; fewer, where a shard has so
   * many that it was not read to its end: what is younger than the last that was read of it has to wait its turn.
   *
   * @param known dirty items that the caller will pass over; others are found behind them
   */
  async oldestDirty(beforeMs: number, limit: number, known = 0): Promise<DirtyItem[]> {
    await this.#layout.refresh();
    const { shards } = this.#keys;
    const share = Math.ceil((SPARE * limit) / shards.length) + known;
    const perShard = await Promise.all(
      shards.map((shard) =>
        this.#valkey.run((client) =>
          client.zrangebyscore(shard.dirty, '-inf', beforeMs, 'WITHSCORES', 'LIMIT', 0, share),
        ),
      ),
    );
    const found = perShard.map((flat) => pairs(flat).map(([key, since]): DirtyItem => ({ key, since })));
    const cutOff = found.filter(({ length }) => length === share).map((items) => items.at(-1)!.since);
    const youngest = Math.min(beforeMs, ...cutOff);
    return found
      .flat()
      .filter(({ since }) => since <= youngest)
      .sort((a, b) => a.since - b.since)
      .slice(0, limit + known);
  }

  /** The dirty items among those selected that have waited since before `beforeMs`, oldest first. */
  async dirtyOf(selection: ItemSelection, beforeMs: number): Promise<DirtyItem[]> {
    await this.#layout.refresh();
    const found =
      'keys' in selection ? await this.#dirtyAmong(selection.keys) : await this.#dirtyIn(selection.collection);
    return found.filter(({ since }) => since <= beforeMs).sort((a, b) => a.since - b.since);
  }

  async #dirtyAmong(keys: readonly string[]): Promise<DirtyItem[]> {
    const items = await Promise.all(
      [...new Set(keys)].map(async (key) => {
        const score = await this.#valkey.run((client) => client.zscore(this.#keys.of(key).shard.dirty, key));
        return { key, since: score === null ? undefined : Number(score) };
      }),
    );
    return items.filter((item): item is DirtyItem => item.since !== undefined);
  }

  async #dirtyIn(collection: string): Promise<DirtyItem[]> {
    const perShard = await Promise.all(
      this.#keys.shards.map(({ dirty }) =>
        this.#valkey.run((client) => client.zrangebyscore(dirty, '-inf', '+inf', 'WITHSCORES')),
      ),
    );
    const items = perShard.flatMap((flat) => pairs(flat).map(([key, since]): DirtyItem => ({ key, since })));
    return items.filter(({ key }) => key.startsWith(`${collection}/`));
  }

  /**
   * Recently created items of a listable collection that belong to one shard, newest first, at most `count`; those that the
   * table's index has had for a while are not among them.
   *
   * @param created not those created after this version
   */
  async recent(
    set: string,
    created: number,
    count: number,
  ): Promise<{ readonly key: string; readonly created: number }[]> {
    const flat = await this.#valkey.run((client) =>
      client.zrevrangebyscore(set, created, '-inf', 'WITHSCORES', 'LIMIT', 0, count),
    );
    return pairs(flat).map(([key, score]) => ({ key, created: score }));
  }

  /** Counters and indexes of every shard. */
  async states(): Promise<ShardState[]> {
    await this.#layout.refresh();
    return Promise.all(
      this.#keys.shards.map(async ({ dirty, parked, shard }) =>
        this.#valkey.run(async (client) => {
          const [counters, dirtyItems, parkedItems, oldest] = await Promise.all([
            client.hgetall(shard),
            client.zcard(dirty),
            client.zcard(parked),
            client.zrangebyscore(dirty, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1),
          ]);
          return { counters, dirtyItems, parkedItems, oldestSince: oldest[1] === undefined ? null : Number(oldest[1]) };
        }),
      ),
    );
  }
}

/** Members and scores, as `WITHSCORES` answers them. */
function pairs(flat: readonly string[]): [member: string, score: number][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, Number(flat[2 * i + 1])]);
}
