import type { Log } from '../../logger.ts';
import type { ApiMiddleware, ApiRequest } from '../api-event.ts';
import { ofTrace } from '../trace.ts';

/** One line a request: id, route, status and duration. Keys are named at debug level only, payloads never. */
export function requestLog(log: Log): ApiMiddleware {
  const after = ({ event, context, response }: ApiRequest): void => {
    const requestId = event.requestContext?.requestId ?? context.awsRequestId;
    log.info('request', {
      requestId,
      ...ofTrace(event),
      method: event.httpMethod,
      // The template: the path itself would name the item.
      route: event.match?.route.path,
      status: response?.statusCode,
      durationMs: Math.round(10 * (performance.now() - (event.startedAt ?? performance.now()))) / 10,
    });
    log.debug('parameters', { requestId, ...ofTrace(event), ...named(event.match?.params) });
  };
  return { after, onError: after };
}

/** The parameters of the path; of an item its key too, by which every other event names it. */
function named(params: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const { collection, id } = params;
  return collection === undefined || id === undefined ? params : { ...params, key: `${collection}/${id}` };
}
