import { connect } from '../connect.ts';
import { logReport } from '../log-report.ts';
import { deadLetterLog } from './dead-letter-log.ts';
import { createApiHandler } from './handler.ts';

const { cache, logger, tracing } = await connect('api', (log, cacheName) => ({
  report: logReport(log, cacheName),
  deadLetterReport: deadLetterLog(log),
}));

/** Lambda entry. */
export const handler = createApiHandler(cache, { logger, tracing });
