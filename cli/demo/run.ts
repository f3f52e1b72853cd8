import { randomUUID } from 'node:crypto';
import type { LocalEnvironment } from '../../lib/environment.ts';
import type { Health } from '../../lib/insight/types.ts';
import type { LocalStack } from '../../local/stack.ts';
import { UsageError } from '../errors.ts';
import { formatCount, formatMs } from '../format.ts';
import { startProgress } from '../progress.ts';
import { ApiClient } from './api-client.ts';
import { tracedClients } from './call-trace.ts';
import { emptyCache, emptyQueue } from './clean.ts';
import { untilDrained } from './drained.ts';
import { DemoError } from './errors.ts';
import { differences, expectedItems, type Items, latestDepartures } from './expected.ts';
import { DEFAULT_RECORDS, type Flags } from './flags.ts';
import { FlightFile, type FlightRecord } from './flight-records.ts';
import { Pace } from './pace.ts';
import { LANES, replay, replaySample } from './replay.ts';
import { type Measured, showComparison, showMeasured } from './results.ts';
import { Screen } from './screen.ts';
import { openStage, type Stage } from './stage.ts';
import { runSteps } from './steps.ts';
import { deleteItems, storedItems } from './table.ts';

const SAMPLE_RECORDS = 5000;
const SAMPLE_CACHE = 'sample-cache';
const SAMPLE_DATABASE = 'sample-database';
const COLLECTIONS = ['airports', 'routes', 'departures', SAMPLE_CACHE, SAMPLE_DATABASE];
/** Beyond the window; draining takes seconds. */
const DRAIN_LIMIT_MS = 60_000;

/**
 * Runs the steps, the replay and the comparison.
 *
 * @returns whether the table holds exactly what the file says
 * @throws {UsageError} an option does not fit the file
 * @throws {DemoError} something failed on the way
 */
export async function runDemo(flags: Flags, environment: LocalEnvironment): Promise<boolean> {
  const startedAt = performance.now();
  const screen = new Screen(flags.interactive);
  const file = await FlightFile.open();
  for (const [flag, value, max] of [
    ['--flight-id', flags.flightId, file.rows - 1],
    ['--records', flags.records ?? 0, file.rows],
  ] as const) {
    if (value > max) throw new UsageError(`${flag}: the file allows at most ${max}, not ${value}`);
  }
  const stage = await openStage(environment);
  try {
    const { valkey, sqs, dynamodb } = stage.servers;
    screen.line(
      `Valkey: ${valkey.kind}, SQS: ${sqs.kind}, DynamoDB: ${dynamodb.kind}, window: ${flags.windowSeconds} s`,
    );
    const { before, expected } = await steps(flags, stage, screen, file);
    const count = recordsToReplay(flags, stage, screen);
    if (count === 0) return true;
    const records = await file.first(count);
    const same = await replayAndCompare(flags, stage, screen, records, before, expected);
    screen.line(`\nAll of it took ${formatMs(performance.now() - startedAt)}.`);
    return same;
  } finally {
    await stage.close();
  }
}

function recordsToReplay(flags: Flags, stage: Stage, screen: Screen): number {
  const real = stage.servers.valkey.kind !== 'js-redis-server';
  if (flags.records === undefined && !real) {
    const { javaScriptValkey, realValkey } = DEFAULT_RECORDS;
    const [few, all] = [formatCount(javaScriptValkey), formatCount(realValkey)];
    screen.line(
      `\nNo valkey-server or redis-server on the PATH: ${few} records on the JavaScript one instead of ${all}.`,
    );
  }
  return flags.records ?? (real ? DEFAULT_RECORDS.realValkey : DEFAULT_RECORDS.javaScriptValkey);
}

/** Nothing but the steps stores in this part: no event source and no sweep. */
async function steps(
  flags: Flags,
  stage: Stage,
  screen: Screen,
  file: FlightFile,
): Promise<{ before: Items; expected: Items }> {
  const trace = flags.verbose
    ? (server: string, call: string, ms: number) => screen.spread(`       · ${server} ${call}`, formatMs(ms))
    : undefined;
  const stack = await stage.openStack({
    windowSeconds: flags.windowSeconds,
    ...(trace && { cacheOptions: (config) => ({ clients: tracedClients(config, trace) }) }),
  });
  const api = new ApiClient(stack.url);
  try {
    const { tableName } = stack.endpoints;
    if (flags.flush) screen.line(await clean(stage, stack));
    const before = await storedItems(stage.database, tableName);
    const own = [...before.keys()].find(isOurs);
    if (own !== undefined && flags.records !== 0) {
      throw new DemoError(`The table holds ${own} already, of an earlier run: start with --flush.`);
    }
    // It also opens the connections: the first step is to show a read, not a start.
    const health = await api.call<Health>('GET', '/health');
    screen.line(`Health: ${health.body.status}`);
    screen.heading(`One flight: record ${flags.flightId} of ${formatCount(file.rows)}`);
    const record = await file.record(flags.flightId);
    const { durability } = flags;
    const { key, item } = await runSteps({ api, screen, database: stage.database, tableName, record, durability });
    return { before, expected: new Map([[key, item]]) };
  } finally {
    api.close();
    await stack.stop();
  }
}

/** What is dirty is stored first: on servers of one's own it may be somebody's acknowledged write. */
async function clean(stage: Stage, { cache, config, endpoints }: LocalStack): Promise<string> {
  const { flushed, remaining } = await cache.flush();
  if (remaining > 0) throw new DemoError(`${remaining} dirty items cannot be stored; the cache is not emptied.`);
  await Promise.all([emptyCache(config), emptyQueue(config)]);
  const own = [...(await storedItems(stage.database, endpoints.tableName)).keys()].filter(isOurs);
  await deleteItems(stage.database, endpoints.tableName, own);
  const stored = `${formatCount(flushed)} dirty items were stored first`;
  return `Emptied cache and queue (${stored}), and deleted ${formatCount(own.length)} items of earlier demos.`;
}

function isOurs(key: string): boolean {
  return COLLECTIONS.includes(key.slice(0, key.indexOf('/')));
}

async function replayAndCompare(
  flags: Flags,
  stage: Stage,
  screen: Screen,
  records: readonly FlightRecord[],
  before: Items,
  flight: Items,
): Promise<boolean> {
  const stack = await stage.openStack({ windowSeconds: flags.windowSeconds });
  const api = new ApiClient(stack.url);
  const sample = records.slice(0, SAMPLE_RECORDS);
  const drained = () => untilDrained(api, flags.windowSeconds * 1000 + DRAIN_LIMIT_MS);
  let stopFlushSide: (() => Promise<void>) | undefined;
  try {
    stopFlushSide = await stage.startFlushSide(flags.windowSeconds);
    screen.heading(`Replay: ${formatCount(records.length)} flights of ${period(records)}, three writes each`);
    const writesBefore = stage.wire.itemWrites();
    const progress = startProgress(screen, records.length);
    const pace = new Pace(api, flags.windowSeconds);
    const replayed = await replay(api, records, randomUUID(), progress.add, pace).finally(progress.stop);
    await pace.stop();
    const { stats, ms: drainMs } = await drained();
    const itemWrites = stage.wire.itemWrites() - writesBefore;

    const through = await replaySample(api, sample, SAMPLE_DATABASE, 'database');
    const cached = await replaySample(api, sample, SAMPLE_CACHE, 'cache');
    await drained();
    const measured: Measured = {
      replayed,
      restedMs: pace.restedMs / LANES,
      stats,
      drainMs,
      itemWrites,
      through,
      cached,
    };
    showMeasured(screen, measured, flags.windowSeconds);

    const expected: Items = new Map([
      ...flight,
      ...expectedItems(records),
      ...latestDepartures(sample, SAMPLE_CACHE),
      ...latestDepartures(sample, SAMPLE_DATABASE),
    ]);
    const stored = await storedItems(stage.database, stack.endpoints.tableName);
    for (const key of before.keys()) if (!expected.has(key)) stored.delete(key);
    return showComparison(screen, expected.size, stored.size, differences(expected, stored));
  } finally {
    api.close();
    await stopFlushSide?.();
    await stack.stop();
  }
}

function period(records: readonly FlightRecord[]): string {
  const day = (record: FlightRecord | undefined) => record?.date.slice(0, 10);
  return `${day(records[0])} to ${day(records.at(-1))}`;
}
