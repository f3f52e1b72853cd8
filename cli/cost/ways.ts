import type { Durability } from '../../lib/settings.ts';

/** A way to write: a durability level, the same API putting into DynamoDB at once, or a DynamoDB client without any API. */
export type Way = Durability | 'api' | 'client';

/** What each is called in tables. */
export const WAYS = {
  cache: 'cache',
  queue: 'queue',
  database: 'database',
  api: 'same API',
  client: 'own client',
} as const satisfies Record<Way, string>;

/** All of them, in the order of the tables. */
export const WAY_NAMES = Object.keys(WAYS) as Way[];

/** What the ways without a cache are, below a table. */
export const WAYS_NOTE =
  '  same API: the same requests, each write put into DynamoDB at once, no cache; own client: a DynamoDB client, no API';
