import { Redis } from 'ioredis';
import { Choices } from './choices.ts';
import { type Explored, explore } from './schedule.ts';

/** Where Valkey is: a URL, or the path of its socket. */
export function laneOf(valkey: string, database: number): Redis {
  const where = valkey.startsWith('redis:')
    ? { host: new URL(valkey).hostname, port: Number(new URL(valkey).port) }
    : { path: valkey };
  // Replies have the same shape from every server; and a server that is gone ends the exploration.
  return new Redis({ ...where, db: database, protocol: 2, retryStrategy: () => null });
}

/**
 * Explores the schedules of some seeds, several beside each other, each in a database of its own: while one waits for Valkey another
 * goes on. What happens in a schedule depends on its seed alone.
 *
 * @param databases which of Valkey's are used beside each other
 * @param onExplored hears of each; whether to go on
 */
export async function exploreAll(
  valkey: string,
  databases: readonly number[],
  seeds: Iterable<number>,
  onExplored: (seed: number, explored: Explored) => boolean,
): Promise<void> {
  const rest = seeds[Symbol.iterator]();
  let goesOn = true;
  const lane = async (database: number): Promise<void> => {
    const redis = laneOf(valkey, database);
    try {
      for (let next = rest.next(); goesOn && !next.done; next = rest.next()) {
        const explored = await explore(Choices.bySeed(next.value), redis);
        goesOn = goesOn && onExplored(next.value, explored);
      }
    } finally {
      redis.disconnect();
    }
  };
  await Promise.all(databases.map(lane));
}
