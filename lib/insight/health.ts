import type { Cache } from '../cache/cache.ts';
import type { ShardState } from '../cache/replies.ts';
import { FlushPausedError } from '../errors.ts';
import type { Flushing } from '../flush/flushing.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { Store } from '../store/store.ts';
import type { Health, HealthCheck } from './types.ts';

const PROBE_KEY = 'write-behind/health';
const OK: HealthCheck = { status: 'ok' };

/** Asks every dependency, in parallel. */
export async function readHealth(
  cache: Cache,
  queue: SqsQueue,
  store: Store,
  flushing: Flushing,
  backlogAlert: number,
): Promise<Health> {
  const shards = cache.indexes.states();
  const [valkey, queueCheck, database, backlog, flushingCheck] = await Promise.all([
    check(
      () => shards,
      `Valkey does not answer: reads come from ${store.database}, patches and cache writes are refused`,
    ).then((valkey) => (valkey.status === 'ok' ? checkLayout(cache) : valkey)),
    check(() => queue.depth(), 'SQS does not answer: writes at queue level are refused'),
    check(() => store.get(PROBE_KEY), `${store.database} does not answer: writes wait in the cache and the queue`),
    checkBacklog(shards, backlogAlert),
    checkFlushing(flushing),
  ]);
  const checks = { valkey, queue: queueCheck, database, backlog, flushing: flushingCheck };
  // With Valkey or the queue alone, writes of some level are still accepted.
  const down = valkey.status === 'down' && queueCheck.status === 'down';
  const ok = Object.values(checks).every(({ status }) => status === 'ok');
  return { status: down ? 'down' : ok ? 'ok' : 'degraded', checks };
}

async function check(probe: () => Promise<unknown>, detail: string): Promise<HealthCheck> {
  try {
    await probe();
    return OK;
  } catch {
    // Why it does not answer is in the logs of whoever needs it; here only that counts.
    return { status: 'down', detail };
  }
}

/** The number of shards that counts is Valkey's. */
function checkLayout({ layout, shards }: Cache): HealthCheck {
  const counts = layout.record.shards;
  if (counts === shards) return OK;
  return { status: 'degraded', detail: `Valkey has ${counts} shards, the setting says ${shards}: reshape it` };
}

async function checkBacklog(reading: Promise<readonly ShardState[]>, backlogAlert: number): Promise<HealthCheck> {
  try {
    const shards = await reading;
    const dirty = shards.reduce((sum, shard) => sum + shard.dirtyItems, 0);
    const parked = shards.reduce((sum, shard) => sum + shard.parkedItems, 0);
    if (dirty > backlogAlert)
      return { status: 'degraded', detail: `${dirty} items wait, the alert is at ${backlogAlert}` };
    if (parked > 0) return { status: 'degraded', detail: `${parked} items are parked` };
    return OK;
  } catch {
    return { status: 'degraded', detail: 'unknown without Valkey' };
  }
}

async function checkFlushing(flushing: Flushing): Promise<HealthCheck> {
  try {
    const { paused } = await flushing.state();
    return paused ? { status: 'degraded', detail: new FlushPausedError(paused).message } : OK;
  } catch {
    return { status: 'degraded', detail: 'unknown without SQS' };
  }
}
