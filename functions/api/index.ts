import { connect } from '../connect.ts';
import { deadLetterLog } from './dead-letter-log.ts';
import { createApiHandler } from './handler.ts';

const { cache, logger } = await connect('api', (log) => ({ deadLetterReport: deadLetterLog(log) }));

/** Lambda entry. */
export const handler = createApiHandler(cache, { logger });
