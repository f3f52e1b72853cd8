import { createClients } from '../lib/clients.ts';
import { configFromEnvironment, tracingFromEnvironment } from '../lib/environment.ts';
import { WriteBehind, type WriteBehindOptions } from '../lib/write-behind.ts';
import { logAwsCalls } from './aws-calls.ts';
import { createLogger, type Log } from './logger.ts';
import { connectXRay } from './x-ray/connect.ts';
import type { XRay } from './x-ray/x-ray.ts';

type Reports = Pick<WriteBehindOptions, 'report' | 'deadLetterReport'>;

/**
 * Makes what a Lambda function needs, once per instance: its logger, its tracing, and the cache that the environment describes.
 *
 * @param service name of the function
 * @param reportTo makes what hears of what the cache has to tell, from the logger and the cache's name; default: nobody does
 * @throws {ConfigurationError} naming the first variable or setting at fault
 */
export async function connect(
  service: 'api' | 'flush' | 'sweep' | 'stream',
  reportTo: (log: Log, cacheName: string) => Reports = () => ({}),
): Promise<{ readonly cache: WriteBehind; readonly logger: Log; readonly tracing: XRay | undefined }> {
  const config = configFromEnvironment();
  const logger = createLogger({ service, cache: config.name });
  const clients = createClients(config);
  logAwsCalls(clients, logger);
  const tracing = connectXRay(config, tracingFromEnvironment());
  const reports = reportTo(logger, config.name);
  // What is under way when the answer is given may never be carried on: Lambda stops the process until the next request.
  const cache = await WriteBehind.connect(config, {
    clients,
    signals: 'awaited',
    ...reports,
    ...(tracing && { tracing }),
  });
  return { cache, logger, tracing };
}
