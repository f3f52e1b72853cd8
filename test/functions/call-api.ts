import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type ApiHandlerOptions, createApiHandler } from '../../functions/api/handler.ts';
import type { ApiCache } from '../../functions/api/route.ts';

/** A request as a test writes it; `body` that is no string is sent as JSON. */
export interface TestRequest {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Decoded query parameters. */
  readonly query?: Record<string, string>;
  /** ARN of whoever signed it. */
  readonly caller?: string;
  readonly isBase64Encoded?: boolean;
}

/** An answer with its body parsed. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/** A logger that says nothing. */
export const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): undefined {
  return undefined;
}

/** Calls the handler the way API Gateway does. */
export function apiClient(cache: ApiCache, options: ApiHandlerOptions = { logger: silent }) {
  const handler = createApiHandler(cache, options);
  return async (method: string, path: string, request: TestRequest = {}): Promise<TestAnswer> => {
    const { statusCode, headers, body } = await handler(apiEvent(method, path, request), context());
    return { status: statusCode, headers: headers ?? {}, json: body === '' ? undefined : JSON.parse(body) };
  };
}

export function apiEvent(method: string, path: string, request: TestRequest = {}): APIGatewayProxyEvent {
  const { body } = request;
  const headers = request.headers ?? {};
  const typed = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const event: Partial<APIGatewayProxyEvent> = {
    httpMethod: method,
    path,
    headers: body === undefined || typed ? headers : { 'Content-Type': 'application/json', ...headers },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
    isBase64Encoded: request.isBase64Encoded ?? false,
    queryStringParameters: request.query ?? null,
    requestContext: {
      requestId: 'request-1',
      ...(request.caller && { identity: { userArn: request.caller } }),
    } as APIGatewayProxyEvent['requestContext'],
  };
  return event as APIGatewayProxyEvent;
}

export function context(remainingMs = 30_000): Context {
  return { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => remainingMs } as Context;
}
