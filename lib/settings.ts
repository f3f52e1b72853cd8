import * as z from 'zod';
import { ConfigurationError } from './errors.ts';
import { checkTables, type TableSettings, tableSettings } from './tables/table-settings.ts';

/** What a write's acknowledgement promises. `cache`: Valkey has it. `queue`: SQS holds the value too. `database`: DynamoDB has it. */
export type Durability = 'cache' | 'queue' | 'database';
/** Takes a {@link Durability}. */
export const durability = z.enum(['cache', 'queue', 'database'] satisfies Durability[]);

/** Most shards. */
export const MAX_SHARDS = 1024;

const seconds = (min: number, max: number) => z.number().min(min).max(max);
const wholeSeconds = (min: number, max: number) => z.int().min(min).max(max);

const collectionPolicy = z.strictObject({
  /** Level of writes that name none. @default the setting `defaultDurability` */
  durability: durability.optional(),
  /** How long a clean entry stays cached, 1–31,536,000 s. @default the setting `ttlSeconds` */
  ttlSeconds: wholeSeconds(1, 31_536_000).optional(),
  /** From how long before a clean entry expires on a read refreshes it, 0–31,536,000 s, 0 for never. @default the setting `refreshAheadSeconds` */
  refreshAheadSeconds: wholeSeconds(0, 31_536_000).optional(),
  /** Largest item in bytes by DynamoDB's formula, 64–358,400. @default 358,400 */
  maxItemBytes: z
    .int()
    .min(64)
    .max(350 * 1024)
    .optional(),
  /** Whether its items can be listed, newest first. @default false */
  listable: z.boolean().optional(),
  /** Whether every write is kept in the history, with who made it and why. @default false */
  audited: z.boolean().optional(),
  /**
   * What becomes of changes that other programs make in the table; without it nobody looks. A state that the table has is read again; for one
   * that it has not yet, `cacheWins`: it is stored over the change. `databaseWins`: the item becomes what the table has. `merge`:
   * it gets the attributes that the other program changed.
   */
  otherWriters: z.enum(['cacheWins', 'databaseWins', 'merge']).optional(),
  /** A table of one's own that its items are in. @default the table of the cache */
  table: tableSettings.optional(),
});

const settings = z.strictObject({
  /** Names this cache in metrics and logs, 1–100 characters of `A-Za-z0-9_.-`. @default "write-behind" */
  name: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,100}$/, 'must be 1 to 100 characters of A-Z, a-z, 0-9, _, . and -')
    .default('write-behind'),
  /** How long writes to a key gather before the flush: the queue's delivery delay, 0–900 s. @default 5 */
  windowSeconds: wholeSeconds(0, 900).default(5),
  /** How long a clean entry stays cached, 1–31,536,000 s. @default 3600 */
  ttlSeconds: wholeSeconds(1, 31_536_000).default(3600),
  /**
   * From how long before a clean entry expires on a read refreshes it from DynamoDB: one read, while the others are answered from the
   * cache. Less than `ttlSeconds`; 0–31,536,000 s, 0 for never. @default 0
   */
  refreshAheadSeconds: wholeSeconds(0, 31_536_000).default(0),
  /** Level of writes that name none. @default "queue" */
  defaultDurability: durability.default('queue'),
  /**
   * Shards that an empty Valkey begins with, 1–1024. One that holds anything goes on with the number that it has, and `/health` says so, until
   * `reshape` moves its items. @default 64
   */
  shards: z.int().min(1).max(MAX_SHARDS).default(64),
  /** Bound on dirty items over all shards; a shard's share is this divided by `shards`. @default 100,000 */
  maxDirtyItems: z.int().min(1).default(100_000),
  /** Dirty items from which on `/health` is degraded. @default 1000 */
  backlogAlert: z.int().min(1).default(1000),
  /** How often the sweep runs, 1–3600 s. @default 60 */
  sweepEverySeconds: wholeSeconds(1, 3600).default(60),
  /** Entries dirty for longer than this are the sweep's. @default 2 windows + 30 s */
  sweepAfterSeconds: seconds(0, 86_400).optional(),
  /** SQS moves a message to the DLQ after this many receives; a backstop only, 5–1000. @default 30 */
  maxReceiveCount: z.int().min(5).max(1000).default(30),
  /** How long a flush may take before its messages are delivered again, 1–43,200 s. @default 60 */
  visibilityTimeoutSeconds: wholeSeconds(1, 43_200).default(60),
  /** Waits before the retries of an item that DynamoDB refuses, each 0–43,200 s; after the last it is parked. @default [60, 120, 300] */
  refusedRetrySeconds: z.array(wholeSeconds(0, 43_200)).max(10).default([60, 120, 300]),
  /** First and longest wait of the exponential back-off after a transient failure, 1–43,200 s. @default { firstSeconds: 1, maxSeconds: 300 } */
  backOff: z
    .strictObject({ firstSeconds: wholeSeconds(1, 43_200), maxSeconds: wholeSeconds(1, 43_200) })
    .default({ firstSeconds: 1, maxSeconds: 300 }),
  /** Items that all flushes together store a second, 1–100,000; writes at `database` level do not count. @default no limit */
  flushRatePerSecond: z.number().min(1).max(100_000).optional(),
  /** How long an idempotency key is remembered, 1–86,400 s. @default 600 */
  idempotencySeconds: wholeSeconds(1, 86_400).default(600),
  /** How long a reader may take to load a missing item before another takes over, 1–60 s. @default 5 */
  leaseSeconds: wholeSeconds(1, 60).default(5),
  /** Longest wait for Valkey to connect or answer, 50–5000 ms. @default 500 */
  valkeyTimeoutMs: z.int().min(50).max(5000).default(500),
  /** How long a tombstone stays in DynamoDB, 43–3650 days: longer than a message can wait in queue, DLQ and queue again. @default 90 */
  tombstoneDays: z.int().min(43).max(3650).default(90),
  /**
   * Partitions of the table's index that each listable collection is spread over, 1–256: each takes about 1000 created or
   * deleted items a second. It may grow at any time, but must not shrink. @default 16
   */
  listPartitions: z.int().min(1).max(256).default(16),
  /** Policies by collection. @default {} */
  collections: z.record(z.string().min(1), collectionPolicy).default({}),
  /** Whether collections that `collections` does not list are refused. @default false */
  closed: z.boolean().default(false),
  /** Origins that browsers may call from; `*` allows all, none disables CORS. @default [] */
  corsOrigins: z.array(z.string().min(1)).default([]),
});

/**
 * How the cache behaves; every setting has a default.
 *
 * @interface
 */
export type SettingsInput = z.input<typeof settings>;
/** Policy of one collection, every field decided. */
export interface CollectionPolicy {
  readonly durability: Durability;
  readonly ttlSeconds: number;
  readonly refreshAheadSeconds: number;
  readonly maxItemBytes: number;
  readonly listable: boolean;
  readonly audited: boolean;
  /** What becomes of changes that other programs make in the table; `undefined`: nobody looks. */
  readonly otherWriters: 'cacheWins' | 'databaseWins' | 'merge' | undefined;
  /** The table of one's own that its items are in; `undefined` for the cache's. */
  readonly table: TableSettings | undefined;
}
/**
 * Settings with every default filled in.
 *
 * @interface
 */
export type Settings = z.output<typeof settings> & { readonly sweepAfterSeconds: number };

/**
 * Checks settings and fills in the defaults.
 *
 * @throws {ConfigurationError} naming the first setting at fault
 */
export function defineSettings(input: SettingsInput): Settings {
  const checked = check(settings, input, 'settings');
  if (checked.maxDirtyItems < checked.shards) {
    throw new ConfigurationError(
      `settings.maxDirtyItems: ${checked.maxDirtyItems} leaves no room for one item in each of ${checked.shards} shards`,
      { setting: 'settings.maxDirtyItems' },
    );
  }
  if (checked.refusedRetrySeconds.length + 1 >= checked.maxReceiveCount) {
    throw new ConfigurationError(
      `settings.maxReceiveCount: ${checked.maxReceiveCount} would move messages to the DLQ before their ${checked.refusedRetrySeconds.length} retries (refusedRetrySeconds)`,
      { setting: 'settings.maxReceiveCount' },
    );
  }
  if (checked.backOff.firstSeconds > checked.backOff.maxSeconds) {
    throw new ConfigurationError('settings.backOff.firstSeconds: must not exceed maxSeconds', {
      setting: 'settings.backOff.firstSeconds',
    });
  }
  const complete = { ...checked, sweepAfterSeconds: checked.sweepAfterSeconds ?? 2 * checked.windowSeconds + 30 };
  checkTables(complete.collections);
  checkRefreshAhead('settings', complete);
  for (const name of Object.keys(complete.collections)) {
    checkRefreshAhead(`settings.collections.${name}`, policyOf(complete, name));
  }
  return complete;
}

/** An entry that is refreshed whenever it is read would be no cache. */
function checkRefreshAhead(
  where: string,
  { refreshAheadSeconds, ttlSeconds }: Pick<CollectionPolicy, 'refreshAheadSeconds' | 'ttlSeconds'>,
): void {
  if (refreshAheadSeconds < ttlSeconds) return;
  const setting = `${where}.refreshAheadSeconds`;
  throw new ConfigurationError(`${setting}: ${refreshAheadSeconds} is not less than ttlSeconds, ${ttlSeconds}`, {
    setting,
  });
}

/** Largest item by DynamoDB's formula, our attributes included. */
export const MAX_ITEM_BYTES = 350 * 1024;

/** The policy that applies to a collection, listed or not. */
export function policyOf(settings: Settings, collection: string): CollectionPolicy {
  const own = Object.hasOwn(settings.collections, collection) ? settings.collections[collection] : undefined;
  return {
    durability: own?.durability ?? settings.defaultDurability,
    ttlSeconds: own?.ttlSeconds ?? settings.ttlSeconds,
    refreshAheadSeconds: own?.refreshAheadSeconds ?? settings.refreshAheadSeconds,
    maxItemBytes: own?.maxItemBytes ?? MAX_ITEM_BYTES,
    listable: own?.listable ?? false,
    audited: own?.audited ?? false,
    otherWriters: own?.otherWriters,
    table: own?.table,
  };
}

/** Whether any collection is audited. */
export function keepsHistory({ collections }: Pick<Settings, 'collections'>): boolean {
  return Object.values(collections).some(({ audited }) => audited);
}

/** Whether any collection of the cache's table looks at what other programs change: the table then has a stream. */
export function watchesCacheTable({ collections }: Pick<Settings, 'collections'>): boolean {
  return Object.values(collections).some(({ otherWriters, table }) => otherWriters !== undefined && !table);
}

/** Whether any collection is listable: the table then has an index. */
export function hasListing({ collections }: Pick<Settings, 'collections'>): boolean {
  return Object.values(collections).some(({ listable }) => listable);
}

/**
 * Checks what was given for settings or endpoints.
 *
 * @throws {ConfigurationError} naming the first setting at fault
 */
export function check<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const setting = [what, ...(issue?.path ?? []).map(String)].join('.');
  // Endpoints may hold a password.
  const got = what === 'settings' && issue?.input !== undefined ? `, got ${JSON.stringify(issue.input)}` : '';
  throw new ConfigurationError(`${setting}: ${issue?.message}${got}`, { setting });
}
