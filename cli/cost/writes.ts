import { type Bill, billOf, line } from './bill.ts';
import { figureOf } from './figures.ts';
import { historyUnitsOf, lookUnitsOf, storedBytes, writeUnitsOf } from './table-use.ts';
import { messagesOf, requestsOf, storesOf, WRITES } from './traffic.ts';
import { together, USAGE_ROWS, type Usage, type UsageRow } from './usage.ts';
import { gbHoursOf, unitsOf } from './valkey-use.ts';
import type { Way } from './ways.ts';
import type { Workload } from './workload.ts';

const MS_PER_SECOND = 1000;
const MEGABYTES_PER_GB = 1024;
const BYTES_PER_GB = 1e9;

/** What {@link WRITES} cost. */
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

/** What {@link WRITES} use. */
export function usageOf(way: Way, workload: Workload): Usage {
  const { itemBytes } = workload;
  const stores = storesOf(way, workload);
  const writeUnits = stores * writeUnitsOf(storedBytes(workload));
  switch (way) {
    case 'client':
      return { writeUnits: WRITES * writeUnitsOf(itemBytes) };
    case 'api':
      return together(front(way, workload), { writeUnits: WRITES * writeUnitsOf(itemBytes) });
    case 'database':
      // Every write is stored, so those that the condition refuses are among them.
      return together(
        front(way, workload),
        caching(workload, stores, stores),
        { writeUnits },
        recording(way, workload, stores, stores),
      );
    default: {
      const { messages } = messagesOf(way, workload);
      return together(
        front(way, workload),
        caching(workload, stores, messages),
        signalling(way, workload),
        { writeUnits, refusedUnits: writeUnits * figureOf('refusedShare') },
        recording(way, workload, stores, messages),
      );
    }
  }
}

/** API Gateway and the api function, with their logs and traces. */
function front(way: Exclude<Way, 'client'>, workload: Workload): Usage {
  const { requests, requestMs } = requestsOf(way, workload);
  const logBytes = figureOf('accessLogBytes') + figureOf('apiLogBytes') + figureOf('platformLogBytes');
  return {
    apiRequests: requests,
    lambdaRequests: requests,
    lambdaGbSeconds: requests * gbSeconds(requestMs, figureOf('apiMegabytes')),
    logGb: (requests * logBytes) / BYTES_PER_GB,
    traces: requests * figureOf('traceShare'),
  };
}

/** Valkey: the scripts, and the data while it stays. */
function caching(workload: Workload, stores: number, messages: number): Usage {
  return {
    valkeyUnits: unitsOf({ writes: WRITES, stores, messages }, workload),
    valkeyGbHours: gbHoursOf(workload),
  };
}

/** SQS and what it sets in motion: sends, the endpoint, the event source, the flush function with its logs and traces. */
function signalling(level: 'cache' | 'queue', workload: Workload): Usage {
  const { messages, bodyBytes, sends, flushes, flushMs } = messagesOf(level, workload);
  const flushLogBytes = figureOf('flushLogBytes') + figureOf('platformLogBytes');
  return {
    sends: sends * chunksOf((messages / sends) * bodyBytes),
    receives: flushes * chunksOf(workload.messagesPerFlush * bodyBytes),
    deletes: flushes,
    endpointGb: (sends * figureOf('sendBytes') + messages * (figureOf('envelopeBytes') + bodyBytes)) / BYTES_PER_GB,
    lambdaRequests: flushes,
    lambdaGbSeconds: flushes * gbSeconds(flushMs, figureOf('flushMegabytes')),
    logGb: (flushes * flushLogBytes) / BYTES_PER_GB,
    traces: flushes * figureOf('traceShare'),
  };
}

/** The history: the changes of each store, and a look for each message whose write is in it. */
function recording(way: 'cache' | 'queue' | 'database', workload: Workload, stores: number, messages: number): Usage {
  if (!workload.audited) return {};
  const changes = way === 'database' ? 1 : workload.coalescing;
  const [flushes, megabytes] =
    way === 'database'
      ? [WRITES / workload.batch, figureOf('apiMegabytes')]
      : [messages / workload.messagesPerFlush, figureOf('flushMegabytes')];
  return {
    historyUnits: stores * historyUnitsOf(changes, workload),
    historyReads: Math.max(0, messages - stores) * lookUnitsOf(changes, workload),
    lambdaGbSeconds: flushes * gbSeconds(figureOf('recordMs'), megabytes),
  };
}

function chunksOf(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / figureOf('sqsChunkBytes')));
}

/** Lambda counts begun milliseconds. */
function gbSeconds(ms: number, megabytes: number): number {
  return (Math.ceil(ms) / MS_PER_SECOND) * (megabytes / MEGABYTES_PER_GB);
}
