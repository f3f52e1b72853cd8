import { configFromEnvironment } from '../../lib/config.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { createLogger } from '../logger.ts';
import { createFlushHandler } from './handler.ts';
import { logReport } from './log-report.ts';

const logger = createLogger({ service: 'flush' });

/** Lambda entry: connections are made once per instance. */
export const handler = createFlushHandler(
  await WriteBehind.connect(configFromEnvironment(), { report: logReport(logger) }),
  { logger },
);
