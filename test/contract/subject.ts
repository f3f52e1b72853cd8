import { Cluster, type Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Cache } from '../../lib/cache/cache.ts';
import type { ClaimReply, Held, WriteReply } from '../../lib/cache/replies.ts';
import { Valkey } from '../../lib/cache/valkey.ts';
import type { WriteAttempt, WriteRequest } from '../../lib/cache/write-request.ts';
import { connected, createValkey } from '../../lib/clients.ts';
import { type Config, defineConfig } from '../../lib/config.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { WriteOperation } from '../../lib/model/operation.ts';
import { encodeAttribute } from '../../lib/model/value.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { prepare } from '../../lib/write/prepare.ts';

/** What a test wants to be different of a write. */
type WriteChanges = Partial<WriteRequest & WriteAttempt>;

/** A server that the contract is tried on. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** A time of 16 digits in µs: versions of this length must not lose a digit anywhere. */
export const NOW = 1_800_000_000_123_457;
export const TTL_SECONDS = 600;
const ROOM = 3;
/** What is slow on a busy machine must not look like an outage. */
const TIMEOUT_MS = 5000;
const NOWHERE = 'http://127.0.0.1:1';

/** A cache on one server, and a plain client that looks past it. */
export class Subject {
  readonly cache: Cache;
  readonly redis: Redis | Cluster;
  readonly #config: Config;
  readonly #client: Redis | Cluster;

  constructor(url: string) {
    const settings: SettingsInput = { shards: 1, maxDirtyItems: ROOM, ttlSeconds: TTL_SECONDS };
    this.#config = defineConfig(settings, {
      valkeyUrl: url,
      queueUrl: NOWHERE,
      deadLetterQueueUrl: NOWHERE,
      tableName: 'none',
    });
    this.#client = createValkey(url, TIMEOUT_MS);
    this.redis = createValkey(url, TIMEOUT_MS);
    this.cache = new Cache(new Valkey(this.#client), this.#config);
  }

  async ready(): Promise<void> {
    await Promise.all([this.#client, this.redis].map((client) => connected(client, TIMEOUT_MS)));
  }

  /** Every server that has keys: one, or the primaries of a cluster. */
  get #servers(): readonly Redis[] {
    return this.redis instanceof Cluster ? this.redis.nodes('master') : [this.redis];
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.flushall()));
  }

  /** Names of all keys that match a pattern. */
  async keysLike(pattern: string): Promise<string[]> {
    return (await Promise.all(this.#servers.map((server) => server.keys(pattern)))).flat();
  }

  close(): void {
    this.#client.disconnect();
    this.redis.disconnect();
  }

  /** Writes as the write path does; `changes` are what a test wants to be different. */
  write(operation: WriteOperation, changes: WriteChanges = {}): Promise<WriteReply> {
    const { now, token, ...others } = { now: NOW, token: 'writer', ...changes };
    return this.cache.write({ ...prepare(operation, this.#config), ...others }, { now, token });
  }

  put(key: string, value: JsonObject, changes?: WriteChanges): Promise<WriteReply> {
    return this.write({ op: 'put', key, value }, changes);
  }

  /** Writes an item and settles it, so that it is clean. */
  async clean(key: string, value: JsonObject, now = NOW): Promise<number> {
    const version = versionOf(await this.put(key, value, { now }));
    await this.settle(key, version);
    return version;
  }

  settle(key: string, version: number, how: 'stored' | 'superseded' | 'seen' = 'stored', nowMs = NOW / 1000) {
    return this.cache.settle(key, { version }, how, TTL_SECONDS, Math.floor(nowMs));
  }

  /** Takes the lease and fills, as a reader does. */
  async load(key: string, value: JsonObject, version: number, token = 'reader'): Promise<boolean> {
    await this.cache.read(key, token);
    return this.fill(key, value, version, token);
  }

  fill(key: string, value: JsonObject, version: number, token = 'reader', deleted = false): Promise<boolean> {
    const attributes = Object.entries(value).map(([name, json]) => encodeAttribute(name, json));
    return this.cache.fill(key, token, { version, deleted, value }, attributes, TTL_SECONDS);
  }

  /** The fields of an entry. */
  fields(key: string): Promise<Record<string, string>> {
    return this.redis.hgetall(this.cache.keys.of(key).entry);
  }

  /** Since when an item is in an index, ms. */
  async since(key: string, index: 'dirty' | 'parked' = 'dirty'): Promise<number | null> {
    const score = await this.redis.zscore(this.cache.keys.of(key).shard[index], key);
    return score === null ? null : Number(score);
  }

  /** A counter of the shard. */
  async counter(name: string): Promise<number> {
    return Number((await this.cache.indexes.states())[0]!.counters[name] ?? 0);
  }
}

/** One subject for the tests of a suite; the server is empty before each. */
export function useSubject(start: () => Promise<Server>): () => Subject {
  let server: Server;
  let subject: Subject;
  beforeAll(async () => {
    server = await start();
    subject = new Subject(server.url);
    await subject.ready();
  });
  beforeEach(async () => {
    await subject.clear();
    await subject.cache.observations.sendAlong(
      async () => undefined,
      () => true,
    );
  });
  afterAll(async () => {
    subject?.close();
    await server?.stop();
  });
  return () => subject;
}

export function versionOf(reply: WriteReply): number {
  if (reply.kind !== 'ok') throw new Error(`expected a write, got ${reply.kind}`);
  return reply.version;
}

export function heldOf(reply: ClaimReply | { kind: string }): Held {
  if (!('entry' in reply)) throw new Error(`expected an entry, got ${reply.kind}`);
  return reply;
}
