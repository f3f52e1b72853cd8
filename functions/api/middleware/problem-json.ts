import { describeError } from '../../describe-error.ts';
import type { Log } from '../../logger.ts';
import type { ApiMiddleware } from '../api-event.ts';
import { MethodNotAllowedError } from '../errors.ts';
import { problemOf, retryAfterSeconds } from '../problems.ts';
import { ofTrace } from '../trace.ts';

/** Answers errors as `application/problem+json`, and logs those that are the server's. */
export function problemJson(log: Log): ApiMiddleware {
  return {
    onError: (request) => {
      const { event, context, error } = request;
      const problem = problemOf(error);
      const requestId = event.requestContext?.requestId ?? context.awsRequestId;
      if (problem.status === 500)
        log.error('unexpected-error', { requestId, ...ofTrace(event), error: describeError(error) });
      else if (problem.status === 503)
        log.warn('not-available', { requestId, ...ofTrace(event), error: describeError(error) });

      const retryAfter = retryAfterSeconds(problem);
      request.response = {
        statusCode: problem.status,
        headers: {
          'Content-Type': 'application/problem+json',
          'Cache-Control': 'no-store',
          ...(error instanceof MethodNotAllowedError && { Allow: error.allow }),
          ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
        },
        body: JSON.stringify(problem),
      };
    },
  };
}
