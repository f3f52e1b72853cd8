import * as z from 'zod';
import { durability } from '../../lib/settings.ts';
import { value, version } from './schemas.ts';

const key = z.string();
const ms = z.number().min(0);
const count = z.int().min(0);
const time = z.iso.datetime();

/** RFC 9457. */
export const problem = z.looseObject({
  type: z.string().describe('`urn:write-behind:problem:` and a stable code.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
});

export const acknowledgement = z.object({
  key,
  version,
  durability: durability.describe('The level that was achieved.'),
  value: value.exactOptional().describe('The resulting item, for a patch.'),
});

export const item = z.object({
  key,
  value,
  version: version.describe('0 for an item that another program stored without one.'),
  source: z.enum(['cache', 'database']),
  persisted: z.boolean().describe('Whether the database has this version.'),
  lagMs: ms.describe('How long the oldest acknowledged write has waited to be in the database.'),
  updatedAt: time,
  actor: z.string().exactOptional(),
  comment: z.string().exactOptional(),
});

export const itemPage = z.object({
  items: z.array(item).readonly(),
  cursor: z.string().exactOptional().describe('Asks for the next page; absent on the last.'),
});

const success = z.object({
  status: z.int().min(200).max(299),
  key,
  version,
  durability: durability.exactOptional().describe('The level that was achieved, for a write.'),
  value: value.exactOptional().describe('For a patch and a get; left out beyond 5 MB.'),
});
const failure = z.object({
  status: z.int().min(400),
  key: key.exactOptional().describe('Left out where the operation names none.'),
  problem,
});
export const batchResults = z.object({
  results: z
    .array(z.union([failure, success]))
    .readonly()
    .describe('One per operation, in their order.'),
});

const image = z
  .object({
    version,
    value: value.nullable().describe('`null`: deleted.'),
    actor: z.string().exactOptional(),
    comment: z.string().exactOptional(),
  })
  .nullable();
export const consistency = z.object({
  key,
  consistent: z.boolean(),
  cache: image,
  database: image,
  lagMs: ms,
  parked: z.string().exactOptional().describe('Why the database refused the item for good.'),
});

const flushingState = {
  paused: z
    .object({ since: time, actor: z.string().exactOptional(), reason: z.string().exactOptional() })
    .nullable()
    .describe('Since when, by whom and why nothing is flushed; `null`: flushing is not paused.'),
  drain: z
    .object({ since: time, itemsPerSecond: z.number().min(1) })
    .nullable()
    .describe(
      'How fast what waits since before the last resume is stored; `null`: no limit of its own, or nothing of that is left.',
    ),
  limitPerSecond: z.number().min(1).nullable().describe('The setting `flushRatePerSecond`; `null`: no limit.'),
};
export const flushing = z.object(flushingState);
export const pauseReport = z.object({
  ...flushingState,
  held: z
    .boolean()
    .describe(
      'Whether signals are held by now; else they soon are, which asking again tells. Batches under way are flushed to their end.',
    ),
});

const percentiles = z.object({ p50: ms.nullable(), p99: ms.nullable() });
export const stats = z.object({
  dirtyItems: count,
  maxDirtyItems: count,
  parkedItems: count,
  oldestLagMs: ms,
  queue: z.object({ visible: count, delayed: count, inFlight: count }),
  flushing,
  deadLetters: count,
  writes: z.object({ cache: count, queue: count, database: count }),
  reads: z.object({ hits: count, misses: count, refreshes: count, refreshesFailed: count }),
  signals: count,
  itemsStored: count,
  storedPerMinute: z.number().min(0),
  lastStoredAt: time.nullable(),
  skipped: count,
  stale: count,
  failed: count.describe('Stores that failed, retried ones included.'),
  recentFailures: z
    .array(z.object({ key, reason: z.string(), at: time }))
    .readonly()
    .describe('The latest of them, newest first, at most 20. They are forgotten after a day without another.'),
  knownLost: count,
  foreignChanges: count.describe('Changes that other programs made in the table, of collections that look.'),
  conflicts: count.describe(
    'Those of them that met a state of the cache which was not stored: one of two values lost.',
  ),
  coalescingRatio: z.number().min(0).nullable(),
  writeLatencyMs: percentiles,
  lagMs: percentiles,
  batchMs: percentiles,
  since: time.nullable(),
});

const status = z.enum(['ok', 'degraded', 'down']);
const check = z.object({ status, detail: z.string().exactOptional() });
export const health = z.object({
  status,
  checks: z.object({ valkey: check, queue: check, database: check, backlog: check, flushing: check }),
});

export const drainReport = z.object({
  flushed: count,
  failed: count,
  failures: z.array(z.object({ key, reason: z.string() })).readonly(),
  databaseCalls: count,
  remaining: count,
});

const deadLetter = z.object({
  id: z.string(),
  key: key.exactOptional().describe('Left out where the message is no signal.'),
  reason: z.string(),
  receiveCount: count.describe('How often the message was received before.'),
  failedAt: time,
});
const complete = z.boolean().describe('Whether all dead letters were looked at; else there may be more.');
const historyEntry = z.object({
  version,
  at: time,
  op: z.enum(['put', 'patch', 'delete']),
  set: value.exactOptional().describe('Attributes that got these values; for a put, all of the item.'),
  removed: z.array(z.string()).readonly().exactOptional().describe('Attributes that a patch took away.'),
  caller: z.string().exactOptional().describe('Verified identity of the caller.'),
  actor: z.string().exactOptional().describe('Who made the change, as the caller said.'),
  comment: z.string().exactOptional(),
});
export const historyPage = z.object({
  history: z.array(historyEntry).readonly(),
  cursor: z.string().exactOptional().describe('Asks for the next page; absent on the last.'),
});

export const deadLetterPage = z.object({
  deadLetters: z.array(deadLetter).readonly(),
  cursor: z.string().exactOptional().describe('Continues after the last one; left out on the last page.'),
  complete,
});
export const deadLetterDetail = deadLetter.extend({
  signal: z
    .object({
      version,
      value: value.nullable().exactOptional().describe('`null`: deleted. Left out where the message carries no value.'),
      actor: z.string().exactOptional(),
      comment: z.string().exactOptional(),
    })
    .exactOptional()
    .describe('What the message says; left out where it is no signal.'),
  text: z.string().exactOptional().describe('Text of a message that is no signal.'),
  item: consistency.exactOptional().describe('The item as it is now; left out where the message names none.'),
  redrive: z
    .enum(['stores', 'nothing', 'lost', 'refused'])
    .describe(
      'What a redrive would lead to. `stores`: the database has nothing newer. `nothing`: the database has this version or a ' +
        'newer one. `lost`: neither the message nor the cache has the value. `refused`: the message is no signal, or of the future.',
    ),
});
export const deadLetterOutcome = z.object({
  done: count.describe('Dead letters that are gone.'),
  failed: z
    .array(z.object({ id: z.string(), reason: z.string() }))
    .readonly()
    .describe('At most 100. `not there`: it was dealt with already, or never was.'),
  complete: complete.describe('Whether all dead letters were looked at; else call again.'),
});

export const openApiDocument = z.looseObject({ openapi: z.string() }).describe('An OpenAPI 3.1 document.');
