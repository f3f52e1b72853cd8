import { connect } from '../connect.ts';
import { logReport } from '../log-report.ts';
import { createSweepHandler } from './handler.ts';

const { cache, logger, tracing } = await connect('sweep', (log, cacheName) => ({ report: logReport(log, cacheName) }));

/** Lambda entry. */
export const handler = createSweepHandler(cache, { logger, tracing });
