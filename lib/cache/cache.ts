import { FORMAT } from '../model/format.ts';
import type { Image } from '../model/image.ts';
import type { EncodedAttribute } from '../model/value.ts';
import { ChangeLog } from './change-log.ts';
import { attributeField, attributeText } from './entry.ts';
import { FormerRecords } from './former-records.ts';
import { Indexes } from './indexes.ts';
import { type ItemKeys, Keys } from './keys.ts';
import { Layout } from './layout.ts';
import { Observations } from './observations.ts';
import { Pace } from './pace.ts';
import { RecentFailures } from './recent-failures.ts';
import {
  type ClaimReply,
  decodeClaimReply,
  decodeWriteReply,
  held,
  type LeaseReply,
  type ReadReply,
  type SettleReply,
  type WriteReply,
} from './replies.ts';
import type { Valkey } from './valkey.ts';
import { type WriteAttempt, type WriteRequest, writeArguments } from './write-request.ts';

/** The cache's limits, in the units of the settings. */
export interface CacheLimits {
  readonly shards: number;
  readonly maxDirtyItems: number;
  readonly leaseSeconds: number;
  readonly idempotencySeconds: number;
}

/** What messages, or a write-through, want to be flushed. */
export interface Wanted {
  readonly version: number;
  /** Whether the messages carry the value of this version. */
  readonly hasValue: boolean;
  /** The messages' versions, and which were sent past the cache. */
  readonly sent?: readonly { readonly version: number; readonly pastCache?: boolean }[];
}

/** What the store is known to hold of an item. */
export interface Settled {
  readonly version: number;
  /** Version that created the item, in listable collections. */
  readonly created?: number | undefined;
  /** What the store said of the shape of what it holds. */
  readonly shape?: string | undefined;
}

/** The scripts as typed calls. Every method throws as `Valkey.script` does. */
export class Cache {
  readonly keys: Keys;
  /** Where the items are. */
  readonly layout: Layout;
  readonly observations = new Observations();
  /** Changes of audited items that the history may not have yet. */
  readonly log: ChangeLog;
  readonly indexes: Indexes;
  readonly recentFailures: RecentFailures;
  readonly pace: Pace;
  readonly #valkey: Valkey;
  /** The setting, which is not what counts: see {@link Layout}. */
  readonly shards: number;
  readonly #leaseMs: number;
  readonly #recordMs: number;
  readonly #maxDirtyItems: number;
  readonly #former: FormerRecords;

  constructor(valkey: Valkey, limits: CacheLimits) {
    this.keys = new Keys(limits.shards);
    this.layout = new Layout(valkey, this.keys, limits.shards);
    this.shards = limits.shards;
    this.#valkey = valkey;
    this.log = new ChangeLog(valkey, this.keys);
    this.indexes = new Indexes(valkey, this.keys, this.layout);
    this.recentFailures = new RecentFailures(valkey, this.keys);
    this.pace = new Pace(valkey, this.keys);
    this.#leaseMs = limits.leaseSeconds * 1000;
    this.#recordMs = limits.idempotencySeconds * 1000;
    this.#maxDirtyItems = limits.maxDirtyItems;
    this.#former = new FormerRecords(valkey, this.layout, this.#recordMs);
  }

  /** Checks and writes an item in one step (rule 1). */
  async write(request: WriteRequest, attempt: WriteAttempt): Promise<WriteReply> {
    const { key, idempotency } = request;
    let askedShard = '';
    const reply = await this.layout.at(
      async (): Promise<WriteReply> => {
        askedShard = this.keys.of(key).shard.shard;
        const replay = idempotency && (await this.#former.replay(key, idempotency));
        if (replay) return replay;
        // Moved while that was looked for: a lease taken there now would be taken twice, and given once.
        const hasMoved = this.keys.of(key).shard.shard !== askedShard;
        return hasMoved ? { kind: 'busy' } : this.#writeHere(request, attempt);
      },
      ({ kind }) => kind === 'ok',
    );
    // Where a shard has no version left because the items move, the caller looks again.
    const isClosed = reply.kind === 'ended' && reply.inShard;
    return isClosed && (await this.layout.mayHaveMoved(key, askedShard)) ? { kind: 'busy' } : reply;
  }

  async #writeHere(request: WriteRequest, attempt: WriteAttempt): Promise<WriteReply> {
    const { key, idempotency, audited, listed } = request;
    const itemKeys = this.keys.of(key);
    const keys = this.#fiveKeys(itemKeys);
    if (idempotency || audited || listed) {
      // What is not touched may have any name of the shard.
      const record = idempotency ? this.keys.idempotency(key, idempotency.key) : itemKeys.entry;
      keys.push(record, itemKeys.log, itemKeys.recent);
    }
    const room = Math.floor(this.#maxDirtyItems / this.keys.shards.length);
    const limits = { room, recordMs: this.#recordMs, leaseMs: this.#leaseMs };
    const reply = await this.observations.sendAlong(
      (observations) =>
        this.#valkey.script('write', keys, writeArguments(request, attempt, limits).concat(observations)) as Promise<
          [string, ...unknown[]]
        >,
      ([kind]) => kind === 'ok',
    );
    return decodeWriteReply(reply);
  }

  /**
   * Reads an entry; `token` takes the lease on a miss, and of a clean entry that expires in less than `refreshAheadSeconds`
   * (rule 8). Without a token it only looks.
   */
  async read(key: string, token = '', refreshAheadSeconds = 0): Promise<ReadReply> {
    const args = [key, token, this.#leaseMs, refreshAheadSeconds * 1000];
    const reply = (await this.layout.at(() =>
      this.#valkey.script('read', this.#fiveKeys(this.keys.of(key)), args),
    )) as [string, string, string[], number];
    if (reply[0] !== 'hit') return { kind: reply[0] as 'miss' };
    return { kind: 'hit', ...held(reply[1], reply[2]), ...(reply[3] === 1 && { refreshes: true }) };
  }

  /** Takes the lease of an item that is not cached, for `token` (rule 8). Without a token it only looks. */
  async lease(key: string, token = ''): Promise<LeaseReply> {
    const { entry, lease } = this.keys.of(key);
    return (await this.#valkey.script('lease', [entry, lease], [token, this.#leaseMs])) as LeaseReply;
  }

  /** Fills an entry with what the store holds if the lease still stands; `attributes` belong to `image`. */
  async fill(
    key: string,
    token: string,
    image: Image,
    attributes: readonly EncodedAttribute[],
    ttlSeconds: number,
  ): Promise<boolean> {
    const { entry, lease, shard } = this.keys.of(key);
    const bytes = attributes.reduce((sum, attribute) => sum + attribute.bytes, 0);
    const fields = [
      'version',
      image.version,
      'persisted',
      image.version,
      'bytes',
      bytes,
      'attributes',
      attributes.length,
    ];
    if (FORMAT > 1) fields.push('format', FORMAT);
    if (image.deleted) fields.push('deleted', 1);
    if (image.actor !== undefined) fields.push('actor', image.actor);
    if (image.comment !== undefined) fields.push('comment', image.comment);
    if (image.created !== undefined) fields.push('created', image.created);
    for (const attribute of attributes) fields.push(attributeField(attribute.name), attributeText(attribute));
    const filled = await this.#valkey.script(
      'fill',
      [entry, lease, shard.shard],
      [token, image.version, ttlSeconds * 1000, ...fields],
    );
    return filled === 1;
  }

  /** Gives the lease back that `token` holds, so that the next caller need not wait for its end. */
  async release(key: string, token: string): Promise<void> {
    await this.#valkey.script('release', [this.keys.of(key).lease], [token]);
  }

  /**
   * Claims an item for a flush (rule 4), for messages or for whatever is dirty.
   *
   * @throws {EntryFormatError} another version wrote the entry; it is as it was
   */
  async claim(key: string, wanted?: Wanted): Promise<ClaimReply> {
    const sent = wanted?.sent?.flatMap(({ version, pastCache }) => [version, pastCache ? 1 : 0]) ?? [];
    const args = [key, wanted?.version ?? '', wanted?.hasValue ? 1 : 0, ...sent];
    const [kind, changes, lost, since, entry] = (await this.layout.at(() => {
      const keys = this.keys.of(key);
      return this.#valkey.script('claim', [...this.#fiveKeys(keys), keys.log], args);
    })) as [ClaimReply['kind'], number, string, string, string[]];
    return decodeClaimReply(kind, changes, lost, since, entry);
  }

  /**
   * Records what the store holds, and how that is known (rule 6).
   */
  async settle(
    key: string,
    { version, created, shape }: Settled,
    how: 'stored' | 'superseded' | 'seen',
    ttlSeconds: number,
    nowMs: number,
  ): Promise<SettleReply> {
    const keys = this.keys.of(key);
    return this.observations.sendAlong(
      (observations) =>
        this.#valkey.script(
          'settle',
          [...this.#fiveKeys(keys), keys.recent, keys.leaving],
          [key, version, ttlSeconds * 1000, nowMs, how, created ?? '', shape ?? '', ...observations],
        ) as Promise<SettleReply>,
      () => true,
    );
  }

  /**
   * Hears that another program changed an item that the table had at version `before`: drops the entry, unless it has what the table has not, or
   * a newer state that was stored since.
   */
  async foreign(key: string, before: number): Promise<'absent' | 'dropped' | 'late' | 'conflict'> {
    const [kind] = (await this.layout.at(() =>
      this.#valkey.script('foreign', this.#fiveKeys(this.keys.of(key)), [key, before]),
    )) as ['absent' | 'dropped' | 'late' | 'conflict'];
    return kind;
  }

  /** Parks an entry that DynamoDB refused at `version` (rule 11). */
  async park(key: string, version: number, reason: string): Promise<boolean> {
    const { entry, shard } = this.keys.of(key);
    const keys = [entry, shard.dirty, shard.parked, shard.shard];
    return (await this.#valkey.script('park', keys, [key, version, reason])) === 1;
  }

  /** Makes an entry that is parked at `version` or an older one dirty again (rule 11); whether there was one. */
  async unpark(key: string, version: number, nowMs: number): Promise<boolean> {
    return (await this.#valkey.script('unpark', this.#parkingKeys(key), [key, version, nowMs])) === 1;
  }

  /** Drops an entry that is parked at `version` or an older one (rule 11); whether there was one. */
  async discard(key: string, version: number): Promise<boolean> {
    const { log, recent } = this.keys.of(key);
    return (await this.#valkey.script('discard', [...this.#parkingKeys(key), log, recent], [key, version])) === 1;
  }

  /**
   * The id of an append under an idempotency key: `proposed` at the first attempt, and the same one at each retry, for as long
   * as the key is remembered.
   */
  async appendId(collection: string, idempotencyKey: string, proposed: string): Promise<string> {
    await this.layout.refresh();
    const former = await this.#former.appendId(collection, idempotencyKey);
    if (former !== undefined) return former;
    const record = this.keys.idempotency(`${collection}/`, idempotencyKey);
    return this.#valkey.run(async (client) => {
      const first = await client.set(record, proposed, 'PX', this.#recordMs, 'NX');
      // Forgotten in between: as good as new.
      return first ? proposed : ((await client.get(record)) ?? proposed);
    });
  }

  /** Clears the outstanding-signal mark after a send that failed, so that the next write signals again (rule 3). */
  async unmark(key: string): Promise<void> {
    await this.#valkey.run((client) => client.hdel(this.keys.of(key).entry, 'signalled'));
  }

  /** Adds to a counter of the item's shard at once. */
  async count(key: string, counter: string, by = 1): Promise<void> {
    await this.#valkey.run((client) => client.hincrby(this.keys.of(key).shard.shard, counter, by));
  }

  #parkingKeys(key: string): string[] {
    const { entry, shard } = this.keys.of(key);
    return [entry, shard.dirty, shard.parked];
  }

  #fiveKeys({ entry, lease, shard }: ItemKeys): string[] {
    return [entry, shard.dirty, shard.parked, lease, shard.shard];
  }
}
