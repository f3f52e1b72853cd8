import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LocalEnvironment } from '../../lib/environment.ts';
import type { SettingsInput } from '../../lib/settings.ts';
import { ownModule } from '../../own-files.ts';
import { DemoError } from './errors.ts';

/** What the worker is given. */
export interface FlushSideData {
  readonly environment: LocalEnvironment;
  readonly settings: SettingsInput;
  readonly windowSeconds: number;
}

/**
 * Starts the event source and the sweep on a thread of their own, as the flush and sweep functions run beside the api
 * function and not within it.
 *
 * @returns stops it, after the batches in work
 */
export async function startFlushSide(data: FlushSideData): Promise<() => Promise<void>> {
  const worker = new Worker(ownModule('cli/demo/flush-side-worker'), { workerData: data });
  const failed = once(worker, 'error').then(([cause]) => {
    throw new DemoError('The flush side failed.', { cause });
  });
  await Promise.race([once(worker, 'message'), failed]);
  return async () => {
    worker.postMessage('stop');
    await Promise.race([once(worker, 'exit'), failed]);
  };
}
