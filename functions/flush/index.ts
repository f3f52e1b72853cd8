import { connect } from '../connect.ts';
import { createFlushHandler } from './handler.ts';
import { logReport } from './log-report.ts';

const { cache, logger } = await connect('flush', (log, cacheName) => ({ report: logReport(log, cacheName) }));

/** Lambda entry. */
export const handler = createFlushHandler(cache, { logger });
