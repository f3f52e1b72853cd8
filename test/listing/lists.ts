import { afterAll, beforeAll } from 'vitest';
import { Keys } from '../../lib/cache/keys.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, startSystem } from '../support/system.ts';

const LISTS = [
  'flights',
  'logs',
  'mixed',
  'ties',
  'late',
  'large',
  'lost',
  'many',
  'again',
  'blind',
  'park',
  'race',
  'back',
  'behind',
];

/** Settings with listable collections. */
export const settings = { collections: Object.fromEntries(LISTS.map((name) => [name, { listable: true }])) };

/** A system of the tests of one file; there once they run. */
export let system: System;
export let cache: WriteBehind;

/** Starts the system for the tests of a file. */
export function useLists(): void {
  beforeAll(async () => {
    system = await startSystem({ settings });
    cache = system.cache;
  });
  afterAll(() => system.stop());
}

/** Ids of all pages, in order. */
export async function listed(collection: string, { limit = 100, by = cache } = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await by.list(collection, { limit, ...(cursor !== undefined && { cursor }) });
    ids.push(...page.items.map(({ key }) => key.slice(collection.length + 1)));
    cursor = page.cursor;
    if (cursor === undefined) return ids;
  }
}

export const put = (key: string, value = {}, by = cache) => by.execute({ op: 'put', key, value, durability: 'cache' });
export const remove = (key: string) => cache.execute({ op: 'delete', key, durability: 'cache' });
/** Only what is clean can be evicted. */
export async function evict(key: string): Promise<void> {
  if (!(await system.isDirty(key))) await system.redis.del(new Keys(system.config.shards).of(key).entry);
}
