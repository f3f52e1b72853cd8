import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

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

/** The only place that knows key names. */
export class Keys {
  readonly #shards: readonly (ShardKeys & { readonly prefix: string })[];

  /** @param shards how many shards the items are spread over */
  constructor(shards: number) {
    this.#shards = Array.from({ length: shards }, (_, index) => {
      const prefix = `{wb:${index}}`;
      const of = (kind: string) => `${prefix}:${kind}`;
      return { prefix, dirty: of('dirty'), parked: of('parked'), shard: of('shard'), failures: of('failures') };
    });
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
    return this.#shards.map(({ prefix }) => `${prefix}:recent:${collection}`);
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
