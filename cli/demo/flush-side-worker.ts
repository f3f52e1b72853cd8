import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { startStack } from '../../local/stack.ts';
import type { FlushSideData } from './flush-side.ts';

const { environment, settings, windowSeconds } = workerData as FlushSideData;
const port = parentPort!;
const stack = await startStack({
  environment,
  settings,
  windowSeconds,
  log: console.error,
  // What a flush has to repeat is counted in the result.
  logLevel: 'ERROR',
});
port.postMessage('ready');
await once(port, 'message');
await stack.stop();
port.close();
