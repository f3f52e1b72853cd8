import { isDeepStrictEqual } from 'node:util';
import type { Cache } from '../cache/cache.ts';
import type { Image } from '../model/image.ts';
import type { Store } from '../store/store.ts';
import type { Consistency, ConsistencySide } from './types.ts';

/**
 * Puts cache and database side by side.
 *
 * @throws {CacheUnavailableError} {@link CacheOutcomeUnknownError} {@link StoreUnavailableError}
 */
export async function compare(key: string, cache: Cache, store: Store, nowMs: number): Promise<Consistency> {
  const [reply, stored] = await Promise.all([cache.read(key), store.get(key)]);
  const held = reply.kind === 'hit' ? reply : null;
  const cached = held && side(held.entry);
  const database = stored && side(stored);
  return {
    key,
    consistent: !cached || same(cached, database),
    cache: cached,
    database,
    lagMs: held?.since == null ? 0 : Math.max(0, Math.round(nowMs - held.since)),
    ...(held?.entry.parked !== undefined && { parked: held.entry.parked }),
  };
}

function side({ version, deleted, value, actor, comment }: Image): ConsistencySide {
  return {
    version,
    value: deleted ? null : value,
    ...(actor !== undefined && { actor }),
    ...(comment !== undefined && { comment }),
  };
}

/** That an item does not exist may be cached without a tombstone being stored. */
function same(cached: ConsistencySide, database: ConsistencySide | null): boolean {
  if (!database) return cached.version === 0 && cached.value === null;
  return cached.version === database.version && isDeepStrictEqual(cached.value, database.value);
}
