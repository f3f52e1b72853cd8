import { connect } from '../connect.ts';
import { logReport } from '../log-report.ts';
import { createFlushHandler } from './handler.ts';

const { cache, logger, tracing } = await connect('flush', (log, cacheName) => ({ report: logReport(log, cacheName) }));

/** Lambda entry. */
export const handler = createFlushHandler(cache, { logger, tracing });
