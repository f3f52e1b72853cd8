import type { Log } from '../../logger.ts';
import type { ApiMiddleware, ApiRequest } from '../api-event.ts';

/** One line a request: id, route, status and duration. Keys are named at debug level only, payloads never. */
export function requestLog(log: Log): ApiMiddleware {
  const after = ({ event, context, response }: ApiRequest): void => {
    const requestId = event.requestContext?.requestId ?? context.awsRequestId;
    log.info('request', {
      requestId,
      method: event.httpMethod,
      // The template: the path itself would name the item.
      route: event.match?.route.path,
      status: response?.statusCode,
      durationMs: Math.round(10 * (performance.now() - (event.startedAt ?? performance.now()))) / 10,
    });
    log.debug('parameters', { requestId, ...event.match?.params });
  };
  return { after, onError: after };
}
