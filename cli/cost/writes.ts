import { MAX_GROUP_BYTES } from '../../lib/history/groups.ts';
import { MAX_BODY_BYTES } from '../../lib/queue/message-rules.ts';
import { type Durability, defineSettings } from '../../lib/settings.ts';
import { type Bill, billOf, line } from './bill.ts';
import { type FigureName, figureOf } from './figures.ts';
import type { Workload } from './flags.ts';
import { together, USAGE_ROWS, type Usage, type UsageRow } from './usage.ts';

/** A way to write: a durability level, the same API putting into DynamoDB at once, or a DynamoDB client without any API. */
export type Way = Durability | 'api' | 'client';

/** Writes that a bill is for. */
export const WRITES = 1_000_000;

const MS_PER_SECOND = 1000;
const SECONDS_PER_HOUR = 3600;
const MEGABYTES_PER_GB = 1024;
const BYTES_PER_GB = 1e9;
const BYTES_PER_KB = 1024;

/** What a million writes cost. */
export function billFor(way: Way, workload: Workload): Bill {
  const usage = usageOf(way, workload);
  const rows = (Object.entries(USAGE_ROWS) as [UsageRow, (typeof USAGE_ROWS)[UsageRow]][]).filter(
    ([row]) => workload.audited || !row.startsWith('history'),
  );
  return billOf(rows.map(([row, [label, price]]) => line(label, price, usage[row] ?? 0)));
}

/** What a million messages cost from their sending to their deletion, each with a value and sent by itself. */
export function messagesBill(workload: Workload): Bill {
  const rows = signalling('queue', { ...workload, batch: 1 });
  return billOf(Object.entries(rows).map(([row, quantity]) => line(row, USAGE_ROWS[row as UsageRow][1], quantity)));
}

function usageOf(way: Way, workload: Workload): Usage {
  const { itemBytes, coalescing } = workload;
  const ownBytes = itemBytes + figureOf('ownBytes');
  switch (way) {
    case 'client':
      return { writeUnits: WRITES * writeUnitsOf(itemBytes) };
    case 'api':
      return together(front(way, workload), { writeUnits: WRITES * writeUnitsOf(itemBytes) });
    case 'database':
      // Every write is stored, so those that the condition refuses are among them.
      return together(
        front(way, workload),
        caching(workload, { claims: WRITES, skips: 0, settles: WRITES }),
        { writeUnits: WRITES * writeUnitsOf(ownBytes) },
        recording(way, workload),
      );
    default: {
      const stores = WRITES / coalescing;
      const messages = messagesOf(way, workload);
      return together(
        front(way, workload),
        caching(workload, { claims: stores, skips: messages - stores, settles: stores }),
        signalling(way, workload),
        {
          writeUnits: stores * writeUnitsOf(ownBytes),
          refusedUnits: stores * figureOf('refusedShare') * writeUnitsOf(ownBytes),
        },
        recording(way, workload),
      );
    }
  }
}

const FIRST_MS = {
  cache: 'cacheFirstMs',
  queue: 'queueFirstMs',
  database: 'databaseFirstMs',
  api: 'directFirstMs',
} as const satisfies Record<string, FigureName>;
const FURTHER_MS = {
  cache: 'cacheFurtherMs',
  queue: 'queueFurtherMs',
  database: 'databaseFurtherMs',
  api: 'directFurtherMs',
} as const satisfies Record<string, FigureName>;

/** API Gateway and the api function, with their logs and traces. */
function front(way: Exclude<Way, 'client'>, { batch }: Workload): Usage {
  const requests = WRITES / batch;
  const ms = figureOf(FIRST_MS[way]) + (batch - 1) * figureOf(FURTHER_MS[way]);
  const logBytes = figureOf('accessLogBytes') + figureOf('apiLogBytes') + figureOf('platformLogBytes');
  return {
    apiRequests: requests,
    lambdaRequests: requests,
    lambdaGbSeconds: requests * gbSeconds(ms, figureOf('apiMegabytes')),
    logGb: (requests * logBytes) / BYTES_PER_GB,
    traces: requests * figureOf('traceShare'),
  };
}

interface Scripts {
  readonly claims: number;
  readonly skips: number;
  readonly settles: number;
}

/** Valkey: the scripts, by the greater of their time and their data, and the data while it stays. */
function caching({ itemBytes, coalescing, windowSeconds }: Workload, { claims, skips, settles }: Scripts): Usage {
  const dataUnits = itemBytes / BYTES_PER_KB;
  const hours = (windowSeconds + defineSettings({}).ttlSeconds) / SECONDS_PER_HOUR;
  return {
    valkeyUnits:
      WRITES * Math.max(figureOf('writeUnits'), dataUnits) +
      claims * Math.max(figureOf('claimUnits'), dataUnits) +
      skips * figureOf('skipUnits') +
      settles * figureOf('settleUnits'),
    // As if no item came back within its time to live.
    valkeyGbHours: ((WRITES / coalescing) * itemBytes * figureOf('entryFactor') * hours) / BYTES_PER_GB,
  };
}

/** Messages of a level; the keys of a batch are taken to be distinct, the dearest case. */
function messagesOf(level: 'cache' | 'queue', { coalescing }: Workload): number {
  return level === 'cache' ? WRITES / coalescing : WRITES;
}

/** SQS and what it sets in motion: sends, the endpoint, the event source, the flush function with its logs and traces. */
function signalling(level: 'cache' | 'queue', workload: Workload): Usage {
  const { batch, itemBytes, messagesPerFlush } = workload;
  const messages = messagesOf(level, workload);
  const bodyBytes = figureOf('signalBytes') + (level === 'queue' ? itemBytes : 0);
  const requests = WRITES / batch;
  const messagesPerSend = Math.max(1, Math.min(figureOf('sqsBatch'), Math.floor(MAX_BODY_BYTES / bodyBytes)));
  // One request sends what it has to in as few sends as possible; requests do not share sends.
  const sends = Math.min(messages, requests * Math.ceil(messages / requests / messagesPerSend));
  const flushes = messages / messagesPerFlush;
  const flushMs = figureOf('flushFirstMs') + (messagesPerFlush - 1) * figureOf('flushFurtherMs');
  const flushLogBytes = figureOf('flushLogBytes') + figureOf('platformLogBytes');
  return {
    sends: sends * chunksOf((messages / sends) * bodyBytes),
    receives: flushes * chunksOf(messagesPerFlush * bodyBytes),
    deletes: flushes,
    endpointGb: (sends * figureOf('sendBytes') + messages * (figureOf('envelopeBytes') + bodyBytes)) / BYTES_PER_GB,
    lambdaRequests: flushes,
    lambdaGbSeconds: flushes * gbSeconds(flushMs, figureOf('flushMegabytes')),
    logGb: (flushes * flushLogBytes) / BYTES_PER_GB,
    traces: flushes * figureOf('traceShare'),
  };
}

/** Bytes of a write in the history. As if every write were a put: a patch is as long as what it changes. */
export function changeBytes({ itemBytes }: Workload): number {
  return itemBytes + figureOf('changeBytes');
}

/** The history: an item for the changes of each flush, or several for long ones; and a look for each message whose write is in it. */
function recording(way: Durability, workload: Workload): Usage {
  if (!workload.audited) return {};
  const { batch, messagesPerFlush } = workload;
  const coalescing = way === 'database' ? 1 : workload.coalescing;
  const stores = WRITES / coalescing;
  const bytes = changeBytes(workload);
  const changesPerItem = Math.max(1, Math.min(coalescing, Math.floor(MAX_GROUP_BYTES / bytes)));
  const fullItems = Math.floor(coalescing / changesPerItem);
  const restBytes = (coalescing - fullItems * changesPerItem) * bytes;
  const messages = way === 'queue' ? WRITES : stores;
  const [flushes, megabytes] =
    way === 'database'
      ? [WRITES / batch, figureOf('apiMegabytes')]
      : [messages / messagesPerFlush, figureOf('flushMegabytes')];
  return {
    historyUnits: stores * (fullItems * writeUnitsOf(changesPerItem * bytes) + writeUnitsOf(restBytes)),
    historyReads: (messages - stores) * Math.ceil((changesPerItem * bytes) / figureOf('readUnitBytes')),
    valkeyUnits: WRITES * figureOf('loggedUnits') + stores * figureOf('recordUnits'),
    lambdaGbSeconds: flushes * gbSeconds(figureOf('recordMs'), megabytes),
  };
}

function writeUnitsOf(bytes: number): number {
  return Math.ceil(bytes / figureOf('writeUnitBytes'));
}

function chunksOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / figureOf('sqsChunkBytes')));
}

/** Lambda counts begun milliseconds. */
function gbSeconds(ms: number, megabytes: number): number {
  return (Math.ceil(ms) / MS_PER_SECOND) * (megabytes / MEGABYTES_PER_GB);
}
