import { connect } from '../connect.ts';
import { createSweepHandler } from './handler.ts';

const { cache, logger } = await connect('sweep');

/** Lambda entry. */
export const handler = createSweepHandler(cache, { logger });
