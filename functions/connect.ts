import { createClients } from '../lib/clients.ts';
import { configFromEnvironment } from '../lib/config.ts';
import type { FlushReport } from '../lib/flush/report.ts';
import { WriteBehind } from '../lib/write-behind.ts';
import { logAwsCalls } from './aws-calls.ts';
import { createLogger, type Log } from './logger.ts';

/**
 * Makes what a Lambda function needs, once per instance: its logger, and the cache that the environment describes.
 *
 * @param service name of the function
 * @param reportTo makes what hears of failures while flushing, from the logger and the cache's name; default: nobody hears of them
 * @throws {ConfigurationError} naming the first variable or setting at fault
 */
export async function connect(
  service: 'api' | 'flush' | 'sweep',
  reportTo?: (log: Log, cacheName: string) => FlushReport,
): Promise<{ readonly cache: WriteBehind; readonly logger: Log }> {
  const config = configFromEnvironment();
  const logger = createLogger({ service, cache: config.name });
  const clients = createClients(config);
  logAwsCalls(clients, logger);
  const report = reportTo?.(logger, config.name);
  const cache = await WriteBehind.connect(config, { clients, ...(report && { report }) });
  return { cache, logger };
}
