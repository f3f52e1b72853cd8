import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context, ScheduledEvent } from 'aws-lambda';
import type { Flushing, FlushingState } from '../../lib/flush/flushing.ts';
import { flushingRoutes } from '../api/flushing-routes.ts';
import { createApiHandler } from '../api/handler.ts';
import type { ApiCache } from '../api/route.ts';
import { createLogger, type Log } from '../logger.ts';
import { embeddedMetrics } from '../metrics.ts';

/** What the switch function needs of the cache. */
export type SwitchCache = Pick<ApiCache, 'config'> & { readonly flushing: Pick<Flushing, 'pause' | 'resume' | 'keep'> };

/** The switch function as a Lambda handler for API Gateway, and for a schedule. */
export type SwitchHandler = (
  event: APIGatewayProxyEvent | ScheduledEvent,
  context: Context,
) => Promise<APIGatewayProxyResult | FlushingState>;

/** Makes the handler that pauses and resumes flushing, and on schedule holds what a deployment let through; publishes how long a pause lasts. */
export function createSwitchHandler(cache: SwitchCache, options: { readonly logger?: Log } = {}): SwitchHandler {
  const log = options.logger ?? createLogger({ service: 'switch' });
  // Its routes ask for nothing else.
  const answer = createApiHandler(cache as ApiCache, { logger: log, routes: flushingRoutes });

  async function keep(requestId: string): Promise<FlushingState> {
    const state = await cache.flushing.keep();
    if (state.paused) {
      const now = Date.now();
      log.info('flush-is-paused', {
        requestId,
        ...state.paused,
        ...embeddedMetrics(cache.config.name, { PausedFor: Math.max(1, now - Date.parse(state.paused.since)) }, now),
      });
    }
    return state;
  }

  return (event, context) => ('httpMethod' in event ? answer(event, context) : keep(context.awsRequestId));
}
