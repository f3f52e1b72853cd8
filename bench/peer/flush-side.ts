import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Config } from '../../lib/config.ts';
import type { ProvisionedQueue } from '../../local/provision.ts';
import type { Gauge } from './gauge.ts';

/** What the worker is given. */
export interface FlushSideData {
  readonly config: Config;
  readonly queue: ProvisionedQueue;
  readonly gauge: SharedArrayBuffer;
}

/** Of priorities, where more is less. */
const LOWEST = 19;
const STEPS_LOWER = 10;

/**
 * Starts the event source and the sweep on a thread of their own, as the flush and sweep functions run beside the api function and not
 * within it. They work until this process ends.
 */
export async function startFlushSide(config: Config, queue: ProvisionedQueue, gauge: Gauge): Promise<void> {
  const workerData: FlushSideData = { config, queue, gauge: gauge.memory };
  const worker = new Worker(new URL('./flush-side-worker.ts', import.meta.url), { workerData });
  // Nothing would be stored any more: better no result than a wrong one.
  worker.once('error', (cause) => {
    throw new Error('The flush side failed.', { cause });
  });
  await once(worker, 'message');
  giveWay();
}

/**
 * Lets the thread of the flush side give way to the one that writes. As functions they have processors of their own, and a write waits for
 * no flush; here they share what the machine has. Other systems than Linux have no priorities of threads.
 */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  const threads = '/proc/self/task';
  for (const thread of readdirSync(threads)) {
    if (readFileSync(`${threads}/${thread}/comm`, 'utf8').trim() !== 'WorkerThread') continue;
    setPriority(Number(thread), Math.min(LOWEST, getPriority() + STEPS_LOWER));
  }
}
