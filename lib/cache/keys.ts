import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Place } from './layout.ts';

/** Names of the Valkey keys of one item; all of them share the hash tag of the item's shard. */
export interface ItemKeys {
  readonly entry: string;
  readonly lease: string;
  /** List: changes that the history does not have yet. */
  readonly log: string;
  /** Sorted set: items of a listable collection by creation (version), while the table's index may not have them. */
  readonly recent: string;
  /** Sorted set: `<creation>:<key>` of those of them that are stored, by when that was known (ms). */
  readonly leaving: string;
  readonly shard: ShardKeys;
}

/** Names of the Valkey keys of one shard. */
export interface ShardKeys {
  /** Sorted set: dirty item keys by the time (ms) of their first write that is not stored. */
  readonly dirty: string;
  /** Sorted set like `dirty`: items that DynamoDB refused for good. */
  readonly parked: string;
  /** Hash: the shard clock and the counters. */
  readonly shard: string;
  /** List: the latest stores that failed, the newest last; expires. */
  readonly failures: string;
}

type Shard = ShardKeys & { readonly prefix: string };

/** The only place that knows key names. */
export class Keys {
  /** Text: where the items are. */
  readonly layout = '{wb:layout}:layout';
  #place: Place;
  #shards: readonly Shard[];
  #formerShards: readonly Shard[] = [];

  /** @param shards how many shards the items are spread over */
  constructor(shards: number) {
    this.#place = { generation: 1, shards };
    this.#shards = shardsAt(this.#place);
  }

  /**
   * From now on names the keys of a place.
   *
   * @param former another place where created items may still be
   */
  use(place: Place, former?: Place): void {
    const { generation, shards } = this.#place;
    const moved = place.generation !== generation || place.shards !== shards;
    if (moved) {
      this.#place = place;
      this.#shards = shardsAt(place);
    }
    if (!former) this.#formerShards = [];
    else if (moved || this.#formerShards.length === 0) this.#formerShards = shardsAt(former);
  }

  /** The keys of every shard. */
  get shards(): readonly ShardKeys[] {
    return this.#shards;
  }

  /** The keys of an item. */
  of(key: string): ItemKeys {
    const shard = this.#shardOf(key);
    const of = (kind: string) => `${shard.prefix}:${kind}:${key}`;
    const collection = key.slice(0, key.indexOf('/'));
    const recent = `${shard.prefix}:recent:${collection}`;
    const leaving = `${shard.prefix}:leaving:${collection}`;
    return { entry: of('entry'), lease: of('lease'), log: of('log'), recent, leaving, shard };
  }

  /** The recently created items of a listable collection, one sorted set for each shard. */
  recent(collection: string): readonly string[] {
    return [...this.#shards, ...this.#formerShards].map(({ prefix }) => `${prefix}:recent:${collection}`);
  }

  /** Every set of created items of a listable collection, also of those that are stored. */
  created(collection: string): readonly string[] {
    return this.#shards.flatMap(({ prefix }) => [`${prefix}:recent:${collection}`, `${prefix}:leaving:${collection}`]);
  }

  /** When the next item's turn is, for all shards together. */
  pace(bucket: 'limit' | 'drain'): string {
    return `${this.#shards[0]!.prefix}:pace:${bucket}`;
  }

  /** The record of an idempotency key of an item; hashed, because both parts are the caller's text. */
  idempotency(key: string, idempotencyKey: string): string {
    const digest = createHash('sha256').update(`${key}\0${idempotencyKey}`).digest('base64url');
    return `${this.#shardOf(key).prefix}:once:${digest}`;
  }

  #shardOf(key: string): ShardKeys & { readonly prefix: string } {
    return this.#shards[crc32(key) % this.#shards.length]!;
  }
}

/** The places that came later have names of their own, so that nothing is found there from before. */
function shardsAt({ generation, shards }: Place): readonly Shard[] {
  return Array.from({ length: shards }, (_, index) => {
    const prefix = generation === 1 ? `{wb:${index}}` : `{wb:${generation.toString(36)}.${index}}`;
    const of = (kind: string) => `${prefix}:${kind}`;
    return { prefix, dirty: of('dirty'), parked: of('parked'), shard: of('shard'), failures: of('failures') };
  });
}
