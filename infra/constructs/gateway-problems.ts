import { ResponseType, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import { PROBLEM_TYPE_PREFIX } from '../../functions/api/problems.ts';

interface GatewayProblem {
  readonly response: ResponseType;
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

/** What API Gateway answers before, or instead of, the api function; any other of its errors falls to one of the last two. */
const problems: readonly GatewayProblem[] = [
  { response: ResponseType.UNAUTHORIZED, code: 'not-authenticated', status: 401, title: 'Not authenticated' },
  { response: ResponseType.MISSING_AUTHENTICATION_TOKEN, code: 'not-signed', status: 403, title: 'Not signed' },
  { response: ResponseType.INVALID_SIGNATURE, code: 'bad-signature', status: 403, title: 'Signature not valid' },
  { response: ResponseType.EXPIRED_TOKEN, code: 'expired', status: 403, title: 'Credentials or signature expired' },
  { response: ResponseType.ACCESS_DENIED, code: 'not-allowed', status: 403, title: 'Not allowed' },
  { response: ResponseType.REQUEST_TOO_LARGE, code: 'body-too-large', status: 413, title: 'Body too large' },
  {
    response: ResponseType.THROTTLED,
    code: 'throttled',
    status: 429,
    title: 'Too many requests',
    retryAfterSeconds: 1,
  },
  { response: ResponseType.INTEGRATION_FAILURE, code: 'internal', status: 500, title: 'Internal error' },
  {
    response: ResponseType.INTEGRATION_TIMEOUT,
    code: 'out-of-time',
    status: 503,
    title: 'Out of time',
    retryAfterSeconds: 1,
  },
  { response: ResponseType.DEFAULT_4XX, code: 'refused', status: 400, title: 'Request refused' },
  { response: ResponseType.DEFAULT_5XX, code: 'internal', status: 500, title: 'Internal error' },
];

/** Makes API Gateway's own errors problem+json (RFC 9457), as all others are. */
export function answerProblems(api: RestApi): void {
  for (const { response, code, status, title, retryAfterSeconds } of problems) {
    const fallback = response === ResponseType.DEFAULT_4XX || response === ResponseType.DEFAULT_5XX;
    const body = JSON.stringify({ type: PROBLEM_TYPE_PREFIX + code, title, ...(!fallback && { status }) });
    api.addGatewayResponse(response.responseType, {
      type: response,
      // The defaults stand for errors of several statuses, each of which keeps its own.
      ...(!fallback && { statusCode: String(status) }),
      responseHeaders: {
        'Content-Type': "'application/problem+json'",
        'Cache-Control': "'no-store'",
        ...(retryAfterSeconds && { 'Retry-After': `'${retryAfterSeconds}'` }),
      },
      templates: {
        'application/json': `${body.slice(0, -1)},"detail":$context.error.messageString}`,
      },
    });
  }
}
