import { connect } from '../connect.ts';
import { createStreamHandler } from './handler.ts';

const { cache, logger } = await connect('stream');

/** Lambda entry. */
export const handler = createStreamHandler(cache, { logger });
