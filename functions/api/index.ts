import { connect } from '../connect.ts';
import { createApiHandler } from './handler.ts';

const { cache, logger } = await connect('api');

/** Lambda entry. */
export const handler = createApiHandler(cache, { logger });
