import { type Durability, defineSettings } from '../../lib/settings.ts';
import { figureOf } from './figures.ts';
import type { QuotaName } from './quotas.ts';
import { historyUnitsOf, storedBytes, writeUnitsOf } from './table-use.ts';
import { messagesOf, requestsOf, storesOf, WRITES } from './traffic.ts';
import type { Usage, UsageRow } from './usage.ts';
import { residentGb, type Scripts, unitsOf } from './valkey-use.ts';
import type { LoadedWorkload } from './workload.ts';
import { usageOf } from './writes.ts';

/** What a load needs of each quota. */
export type Needs = Readonly<Record<QuotaName, number>>;

/** What a second uses of something. */
type InSecond = (row: UsageRow) => number;

const MS_PER_SECOND = 1000;
const MEGABYTES_PER_GB = 1000;
/** As many shards as the setting allows. */
export const MOST_SHARDS = 1024;
/** Requests a second that Lambda takes for each instance that the account may have. */
const INVOCATIONS_EACH = 10;
const NO_MESSAGES = { messages: 0, flushes: 0, flushMs: 0 };

/**
 * What a load needs of each quota at a level. Reads are not in it.
 *
 * @param parts what Valkey's work can be spread over at most: shards, or primaries of DurableValkey
 */
export function needsOf(level: Durability, workload: LoadedWorkload, parts = MOST_SHARDS): Needs {
  const second = inSecond(usageOf(level, workload), workload);
  const hottest = hottestOf(level, workload);
  return {
    ...functionsAndQueue(level, workload, second, hottest),
    ...valkey(workload, second, hottest, parts),
    ...tables(workload, second, hottest),
    dirtyItems: fullestShard(dirtyItems(level, workload)),
  };
}

function functionsAndQueue(level: Durability, workload: LoadedWorkload, second: InSecond, hottest: Scripts) {
  const { load, batch, itemBytes, windowSeconds, messagesPerFlush, audited } = workload;
  const { requestMs } = requestsOf(level, workload);
  const { messages, flushes, flushMs } = level === 'database' ? NO_MESSAGES : messagesOf(level, workload);
  const requestRate = load.rate / batch;
  const flushRate = (flushes * load.rate) / WRITES;
  const messageRate = (messages * load.rate) / WRITES;
  const flushesAtOnce = (flushRate * (flushMs + (audited ? figureOf('recordMs') : 0))) / MS_PER_SECOND;
  const instances = (requestRate * requestMs) / MS_PER_SECOND + flushesAtOnce;
  const invocations = requestRate + flushRate;
  return {
    apiRate: requestRate,
    gatewayRate: requestRate,
    requestBytes: batch * itemBytes,
    requestMs,
    instances,
    invocations,
    flushes: flushesAtOnce,
    queueMessages: messageRate,
    keyMessages: hottest.messages,
    scanned: messageRate * (windowSeconds + figureOf('deliverySeconds')),
    inFlight: flushesAtOnce * messagesPerFlush,
    endpointBytes: second('endpointGb') * MEGABYTES_PER_GB,
    // Of short invocations Lambda starts more instances than run at once.
    connections: Math.max(instances, invocations / INVOCATIONS_EACH) * figureOf('connectionsEach'),
  };
}

function valkey(workload: LoadedWorkload, second: InSecond, hottest: Scripts, parts: number) {
  const valkeyUnits = second('valkeyUnits');
  const hottestUnits = unitsOf(hottest, workload);
  // What is not the hottest key's is taken to be spread evenly.
  const busiestOf = (count: number) => hottestUnits + (valkeyUnits - hottestUnits) / count;
  return {
    valkeyUnits,
    slotUnits: busiestOf(defineSettings({}).shards),
    spreadUnits: busiestOf(parts),
    valkeyGb: residentGb(workload),
  };
}

function tables(workload: LoadedWorkload, second: InSecond, { writes, stores }: Scripts) {
  const units = Math.max(second('writeUnits') + second('refusedUnits'), second('historyUnits'));
  return {
    newTable: units,
    tableUnits: units,
    partitionUnits: stores * writeUnitsOf(storedBytes(workload)),
    historyUnits: workload.audited ? stores * historyUnitsOf(writes / stores, workload) : 0,
  };
}

/** Of what is reckoned for {@link WRITES}, the part of a second. */
function inSecond(usage: Usage, { load }: LoadedWorkload): InSecond {
  return (row) => ((usage[row] ?? 0) * load.rate) / WRITES;
}

/** What happens to the hottest key in a second. */
function hottestOf(level: Durability, { load, batch, windowSeconds }: LoadedWorkload): Scripts {
  const writes = load.rate * load.hottest;
  if (level === 'database') return { writes, stores: writes, messages: 0 };
  const stores = load.hottestStores(windowSeconds, batch);
  return { writes, stores, messages: level === 'cache' ? stores : load.hottestBatches(batch) };
}

/** Items that wait for their store, on average. */
function dirtyItems(level: Durability, workload: LoadedWorkload): number {
  const { load, windowSeconds } = workload;
  const stores = (storesOf(level, workload) * load.rate) / WRITES;
  const seconds =
    level === 'database'
      ? requestsOf(level, workload).requestMs / MS_PER_SECOND
      : windowSeconds + figureOf('deliverySeconds');
  return Math.min(load.keys, stores * seconds);
}

/** Items are spread by a hash: some shards get more of them. */
function fullestShard(items: number): number {
  const mean = items / defineSettings({}).shards;
  return mean + figureOf('unevenness') * Math.sqrt(mean);
}
