import type { Keys } from './keys.ts';
import type { ShardState } from './replies.ts';
import type { Valkey } from './valkey.ts';

/** What the shards know of their items, over all of them. Every method throws as `Valkey.run` does. */
export class Indexes {
  readonly #valkey: Valkey;
  readonly #keys: Keys;

  constructor(valkey: Valkey, keys: Keys) {
    this.#valkey = valkey;
    this.#keys = keys;
  }

  /** Dirty items of all shards that have waited since before `beforeMs`, oldest first, at most `limit`. */
  async oldestDirty(beforeMs: number, limit: number): Promise<{ readonly key: string; readonly since: number }[]> {
    const perShard = await Promise.all(
      this.#keys.shards.map((shard) =>
        this.#valkey.run((client) =>
          client.zrangebyscore(shard.dirty, '-inf', beforeMs, 'WITHSCORES', 'LIMIT', 0, limit),
        ),
      ),
    );
    return perShard
      .flatMap((flat) => pairs(flat).map(([key, since]) => ({ key, since })))
      .sort((a, b) => a.since - b.since)
      .slice(0, limit);
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
