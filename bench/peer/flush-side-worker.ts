/** The thread of `flush-side.ts`: the handlers that get deployed, behind the local stack's event source and schedule. */
import { parentPort, workerData } from 'node:worker_threads';
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { createLogger } from '../../functions/logger.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { localSqsClient } from '../../local/clients.ts';
import { startEventSource } from '../../local/event-source.ts';
import { startSchedule } from '../../local/schedule.ts';
import type { FlushSideData } from './flush-side.ts';
import { Gauge } from './gauge.ts';
import { peerClients } from './table.ts';

const { config, queue, gauge } = workerData as FlushSideData;
const cache = await WriteBehind.connect(config, { clients: peerClients(config, new Gauge(gauge)) });
// A store that fails is what a run with a fault is about: what is repeated shows in the result.
const quiet = (service: string) => ({ logger: createLogger({ service, level: 'ERROR' }) });
startEventSource({
  client: localSqsClient(config.endpoints.sqsEndpoint!, { maxAttempts: 1 }),
  queue,
  handler: createFlushHandler(cache, quiet('flush')),
});
startSchedule({ handler: createSweepHandler(cache, quiet('sweep')), everySeconds: config.sweepEverySeconds });
parentPort!.postMessage('ready');
