import type { Operation } from '../../lib/model/operation.ts';
import type { Durability } from '../../lib/settings.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { Put } from './puts.ts';

/** Puts through the library, as a program that embeds it would; the result rejects where the put fails. */
export type PutOne = (put: Put) => Promise<unknown>;
/** The same for a batch. */
export type PutMany = (puts: readonly Put[]) => Promise<unknown>;

/** A put by the library in this process. */
export function libraryPut(cache: WriteBehind, durability: Durability): PutOne {
  return ({ key, value }) => cache.execute({ op: 'put', key, value, durability });
}

/** A batch of puts by the library in this process. */
export function libraryBatch(cache: WriteBehind, durability: Durability): PutMany {
  return async (puts) => {
    const operations = puts.map(({ key, value }): Operation => ({ op: 'put', key, value, durability }));
    for (const outcome of await cache.batch(operations)) {
      if (outcome.kind === 'failed') throw outcome.error;
    }
  };
}
