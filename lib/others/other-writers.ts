import { crc32 } from 'node:zlib';
import type { Cache } from '../cache/cache.ts';
import { InvalidInputError, ItemTooLargeError, LevelNotMetError, PreconditionFailedError } from '../errors.ts';
import type { Change } from '../history/change.ts';
import type { History } from '../history/history.ts';
import type { Image } from '../model/image.ts';
import type { Outcome, WriteOperation } from '../model/operation.ts';
import type { CollectionPolicy } from '../settings.ts';
import type { Store } from '../store/store.ts';
import type { WritePath } from '../write/write-path.ts';
import { attributesOf, isForeign, sameState, type TableChange } from './table-change.ts';

/**
 * What became of a change. `ignored`: it is the cache's own, or its collection has no policy. `absent`, `dropped`: the next read loads it.
 * `same`: the cache has it already. `taken`, `merged`: it is in the cache and the table as a write of its own. `lost`: the cache's state is or will be stored over it.
 */
export type ChangeOutcome = 'ignored' | 'absent' | 'dropped' | 'same' | 'taken' | 'merged' | 'lost';

const COMMENT = 'Changed in the table by another program';
const LOST_COMMENT = 'Changed in the table by another program; what the cache had not stored yet went before';
/** How often to look again when writers of the cache are faster. */
const TRIES = 5;

/** What {@link OtherWriters} works with. */
export interface OtherWritersParts {
  readonly cache: Cache;
  readonly store: Pick<Store, 'get'>;
  readonly writePath: Pick<WritePath, 'apply'>;
  readonly history: Pick<History, 'addMissing'> | undefined;
  readonly policyOf: (key: string) => CollectionPolicy;
}

/**
 * Brings changes that other programs made in the table into the cache. A state that the table had already is dropped, as if it had been
 * evicted; a state that it has not yet is decided about by the collection's policy, and what the policy wants to be different is a write
 * like any other, which takes place only if nobody wrote since.
 */
export class OtherWriters {
  readonly #parts: OtherWritersParts;

  constructor(parts: OtherWritersParts) {
    this.#parts = parts;
  }

  /**
   * Deals with a change; harmless to repeat.
   *
   * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} {@link StoreUnavailableError} {@link LevelNotMetError} trying later helps
   */
  async see(change: TableChange): Promise<ChangeOutcome> {
    const { cache, policyOf } = this.#parts;
    const { key, before, after } = change;
    const policy = policyOf(key).otherWriters;
    if (policy === undefined || !isForeign(change)) return 'ignored';
    for (let tries = TRIES; ; tries -= 1) {
      const kind = await cache.foreign(key, before?.version ?? 0);
      if (kind === 'absent' || kind === 'dropped') return kind;
      const reply = await cache.read(key);
      if (reply.kind !== 'hit') continue;
      const { entry } = reply;
      if (sameState(entry, after)) return 'same';
      if (kind === 'late' || policy === 'cacheWins') return this.#lost(change);
      const stored = await this.#parts.store.get(key);
      // The flush was faster.
      if (stored && stored.version >= entry.version) return this.#lost(change);
      const operation = policy === 'merge' && after ? merging(change) : taking(key, stored);
      if (!operation) return 'same';
      const error = await this.#write({ ...operation, ifMatch: entry.deleted ? 'none' : entry.version });
      if (!error) {
        await cache.count(key, 'conflicts');
        return policy === 'merge' && after ? 'merged' : 'taken';
      }
      if (error instanceof InvalidInputError || error instanceof ItemTooLargeError) return this.#lost(change);
      if (!(error instanceof PreconditionFailedError) || tries === 1) throw error;
    }
  }

  /** What stopped the write; one that is in the cache, and only not stored yet, was not stopped. */
  async #write(operation: WriteOperation): Promise<Error | undefined> {
    const [outcome] = (await this.#parts.writePath.apply([
      { ...operation, durability: 'database', comment: COMMENT },
    ])) as [Outcome];
    if (outcome.kind !== 'failed') return undefined;
    const { error } = outcome;
    return error instanceof LevelNotMetError && error.facts.inCache === true ? undefined : error;
  }

  /** Keeps what another program wrote in the history, where there is one. */
  async #lost(change: TableChange): Promise<'lost'> {
    const { cache, history, policyOf } = this.#parts;
    if (history && policyOf(change.key).audited) await history.addMissing(change.key, [lostChange(change)]);
    await cache.count(change.key, 'conflicts');
    return 'lost';
  }
}

/** The item as the table has it. */
function taking(key: string, stored: Image | null): WriteOperation {
  if (!stored || stored.deleted) return { op: 'delete', key };
  return { op: 'put', key, value: stored.value };
}

/** The attributes that the other program changed; nothing, if it changed none. */
function merging(change: TableChange): WriteOperation | undefined {
  const { set, remove } = attributesOf(change);
  if (Object.keys(set).length + remove.length === 0) return undefined;
  return { op: 'patch', key: change.key, set, remove };
}

/** Its version lies where the change does; told again, it is the same. */
function lostChange({ id, before, after, atSeconds }: TableChange): Change {
  return {
    version: Math.max((before?.version ?? 0) + 1, atSeconds * 1e6 + (crc32(id) % 1e6)),
    op: after && !after.deleted ? 'put' : 'delete',
    set: after?.value ?? {},
    removed: [],
    comment: LOST_COMMENT,
  };
}
