import { setTimeout as wait } from 'node:timers/promises';
import type { Cache } from './cache/cache.ts';
import { Keys } from './cache/keys.ts';
import { LAYOUT_LIFE_MS, type LayoutRecord, type Place } from './cache/layout.ts';
import type { ShardState } from './cache/replies.ts';
import type { Valkey } from './cache/valkey.ts';
import type { Config } from './config.ts';
import { NotReshapedError } from './errors.ts';
import type { Drain } from './flush/drain.ts';

/** What a reshaping did. */
export interface ReshapeReport {
  readonly shards: number;
  readonly formerShards: number;
  /** How long writes had to wait, ms; 0 where the items were so spread already. */
  readonly closedMs: number;
}

/** Beyond it others take back what was begun. */
const MOVING_MS = 30_000;
/** Every instance has read by then that the items are about to move. */
const ANNOUNCED_MS = LAYOUT_LIFE_MS + 250;
/** Stored before writes have to wait, so that little is left then. */
const STORE_BEFORE_MS = 20_000;
/** Writes wait for as long as a lease, and are refused then: of that, this part may be used. */
const SHARE_OF_PATIENCE = 0.8;
/** Versions go on from here: also where one that is on its way from a faster clock is stored only now. */
const AHEAD_US = 1_000_000;
/** Of the sets of created items at the old place. */
const KEPT_MS = 600_000;
const HOUR_MS = 3_600_000;
/** Fields of a shard that are no counters. */
const NO_COUNTERS = new Set(['clock', 'closedClock', 'closedUntil', 'since', 'lastStoredAt']);
const OF_THE_MINUTE = new Set(['minute', 'storedThisMinute', 'storedMinuteBefore']);

/**
 * Moves all items to another number of shards, while instances read and write:
 *
 *     store ──▶ announce ──1.25 s──▶ close every shard ──▶ store what is left ──▶ the new place counts ──▶ forget the old one
 *                                    writes wait …………………………………………………………… and go on there
 *
 * Nothing dirty is ever moved: what is stored needs no entry. Names of the new place are new, so that nothing of before is found there; and a shard
 * that is closed has no version left, so that no write is taken where it would not count.
 */
export class Reshape {
  readonly #valkey: Valkey;
  readonly #cache: Cache;
  readonly #drain: Drain;
  readonly #config: Pick<Config, 'leaseSeconds' | 'collections'>;

  constructor(valkey: Valkey, cache: Cache, drain: Drain, config: Pick<Config, 'leaseSeconds' | 'collections'>) {
    this.#valkey = valkey;
    this.#cache = cache;
    this.#drain = drain;
    this.#config = config;
  }

  /**
   * Moves the items.
   *
   * @throws {NotReshapedError} {@link CacheUnavailableError} {@link CacheOutcomeUnknownError}
   */
  async run(shards: number): Promise<ReshapeReport> {
    const { layout } = this.#cache;
    await layout.read();
    const before = layout.record;
    const { generation, shards: formerShards } = before;
    if (before.movingUntilMs !== undefined) throw new NotReshapedError('The items are being moved by somebody else.');
    if (shards === formerShards) return { shards, formerShards, closedMs: 0 };
    await this.#store(Date.now(), STORE_BEFORE_MS);
    const untilMs = Date.now() + MOVING_MS;
    if (!(await layout.replace({ ...before, movingUntilMs: untilMs }))) {
      throw new NotReshapedError('The items are being moved by somebody else.');
    }
    const old = new Keys(formerShards);
    old.use(before);
    try {
      await wait(ANNOUNCED_MS);
      const closedAt = performance.now();
      await this.#gates(old, 'close', untilMs);
      const states = await this.#store(Date.now() + HOUR_MS, this.#config.leaseSeconds * 1000 * SHARE_OF_PATIENCE);
      refuseUnlessStored(states);
      // Never one that was used before, also if Valkey lost its data since.
      const place = { generation: Math.max(generation + 1, Math.floor(Date.now() / 1000)), shards };
      await this.#prepare(place, states);
      if (Date.now() > untilMs - MOVING_MS / 2) throw new NotReshapedError('It took too long.');
      const former = { generation, shards: formerShards, movedAtMs: Date.now() };
      if (!(await layout.replace({ ...place, former })))
        throw new NotReshapedError('It was taken back: it took too long.');
      const closedMs = performance.now() - closedAt;
      // Whatever Valkey says to this: the items have moved, and nobody looks here for them.
      await this.#forget(old).catch(() => undefined);
      return { shards, formerShards, closedMs: Math.round(closedMs) };
    } catch (error) {
      await this.#takeBack(before, old);
      throw error;
    }
  }

  /** Stores what has been dirty since before a time, for so long; returns the shards as they are then. */
  async #store(dirtyBeforeMs: number, forMs: number): Promise<readonly ShardState[]> {
    const { shards } = await this.#drain.run({
      dirtyBeforeMs,
      limit: Infinity,
      deadlineMs: Date.now() + forMs,
      parkBeforeMs: 0,
    });
    return shards;
  }

  /** Nothing is found at the new place but the clock, which goes on, and what was counted. */
  async #prepare(place: Place, states: readonly ShardState[]): Promise<void> {
    const keys = new Keys(place.shards);
    keys.use(place);
    const clocks = states.map(({ counters }) => Number(counters.closedClock ?? 0));
    const clock = Math.max(Date.now() * 1000, ...clocks) + AHEAD_US;
    const sums = countersOf(states);
    await Promise.all(
      keys.shards.map(({ shard }, index) =>
        this.#valkey.run(async (client) => {
          await client.del(shard);
          await client.hset(shard, { clock: String(clock), ...(index === 0 && sums) });
        }),
      ),
    );
  }

  async #gates(keys: Keys, action: 'close' | 'open' | 'forget', untilMs: number): Promise<void> {
    await Promise.all(keys.shards.map(({ shard }) => this.#valkey.script('gate', [shard], [action, untilMs])));
  }

  /** What was counted is counted at the new place now; the rest expires by itself. */
  async #forget(old: Keys): Promise<void> {
    await this.#gates(old, 'forget', 0);
    const listable = Object.entries(this.#config.collections).filter(([, policy]) => policy.listable);
    const sets = listable.flatMap(([collection]) => old.created(collection));
    await Promise.all(sets.map((set) => this.#valkey.run((client) => client.pexpire(set, KEPT_MS))));
  }

  /** As far as it can: what is left closed opens by itself when the time is over. */
  async #takeBack(before: LayoutRecord, old: Keys): Promise<void> {
    const { layout } = this.#cache;
    try {
      if (layout.record.generation !== before.generation) return;
      if (layout.record.movingUntilMs !== undefined && !(await layout.replace(before))) return;
      await this.#gates(old, 'open', 0);
    } catch {
      // What stopped it is what the caller should hear of.
    }
  }
}

function refuseUnlessStored(states: readonly ShardState[]): void {
  const sum = (of: 'dirtyItems' | 'parkedItems') => states.reduce((total, state) => total + state[of], 0);
  const [dirty, parked] = [sum('dirtyItems'), sum('parkedItems')];
  if (parked > 0)
    throw new NotReshapedError(`${parked} items are parked: redrive or discard their dead letters first.`);
  if (dirty > 0) throw new NotReshapedError(`${dirty} items could not be stored in time.`);
}

function countersOf(states: readonly ShardState[]): Record<string, string> {
  const sums = new Map<string, number>();
  for (const { counters } of states) {
    for (const [name, text] of Object.entries(counters)) {
      const value = Number(text);
      const before = sums.get(name);
      if (name === 'since') sums.set(name, Math.min(before ?? Infinity, value));
      else if (name === 'lastStoredAt') sums.set(name, Math.max(before ?? 0, value));
      else if (!NO_COUNTERS.has(name) && !OF_THE_MINUTE.has(name)) sums.set(name, (before ?? 0) + value);
    }
  }
  return Object.fromEntries([...sums].map(([name, value]) => [name, String(value)]));
}
