import type { RecentFailure } from '../insight/types.ts';
import type { Keys } from './keys.ts';
import type { Valkey } from './valkey.ts';

/** Failures that each shard keeps, and that are answered over all shards. */
const KEPT = 20;
/** With a time to live Valkey may give them up when it is full; they are for people, who need no older ones. */
const KEPT_MS = 24 * 3_600_000;

/** The latest stores that failed, a short list in each shard. Every method throws as `Valkey.run` does. */
export class RecentFailures {
  readonly #valkey: Valkey;
  readonly #keys: Keys;

  constructor(valkey: Valkey, keys: Keys) {
    this.#valkey = valkey;
    this.#keys = keys;
  }

  /** Adds one, in place of the oldest of its shard. */
  async add(failure: RecentFailure): Promise<void> {
    const { failures } = this.#keys.of(failure.key).shard;
    await this.#valkey.run((client) =>
      Promise.all([
        client.rpush(failures, JSON.stringify(failure)),
        client.ltrim(failures, -KEPT, -1),
        client.pexpire(failures, KEPT_MS),
      ]),
    );
  }

  /** The latest of all shards, newest first, at most 20. */
  async list(): Promise<RecentFailure[]> {
    const perShard = await Promise.all(
      this.#keys.shards.map(({ failures }) => this.#valkey.run((client) => client.lrange(failures, 0, -1))),
    );
    return perShard
      .flat()
      .map((text) => JSON.parse(text) as RecentFailure)
      .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
      .slice(0, KEPT);
  }
}
