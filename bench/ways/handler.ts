import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { createApiHandler } from '../../functions/api/handler.ts';
import { createLogger } from '../../functions/logger.ts';
import type { Durability } from '../../lib/settings.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { createContext } from '../../local/invocation.ts';
import type { PutMany, PutOne } from './library.ts';

const FUNCTION = { functionName: 'write-behind-api', timeoutSeconds: 29 };

type Call = (method: string, path: string, body: string) => Promise<unknown>;

/** Requests as Lambda would pass them on, to the handler in this process: no HTTP, and no event to parse. */
export function handlerWays(cache: WriteBehind, durability: Durability): { put: PutOne; batch: PutMany } {
  // At INFO it is a line per request, which here would be written into the terminal.
  const handler = createApiHandler(cache, { logger: createLogger({ service: 'api', level: 'WARN' }) });
  const headers = { 'Content-Type': 'application/json', 'Write-Durability': durability };
  return requestWays(async (method, path, body) => {
    const context: Context = createContext(FUNCTION, 'bench');
    const answer: APIGatewayProxyResult = await handler(requestEvent(method, path, headers, body), context);
    return checked(answer.statusCode, answer.body);
  });
}

/** A request as the event that API Gateway makes of it. */
export function requestEvent(
  httpMethod: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): APIGatewayProxyEvent {
  const event: Partial<APIGatewayProxyEvent> = {
    httpMethod,
    path,
    headers,
    body,
    isBase64Encoded: false,
    queryStringParameters: null,
    requestContext: { requestId: 'bench' } as APIGatewayProxyEvent['requestContext'],
  };
  return event as APIGatewayProxyEvent;
}

/** Puts and batches as requests of the HTTP contract. */
export function requestWays(call: Call): { put: PutOne; batch: PutMany } {
  return {
    put: ({ key, value }) => call('PUT', `/items/${key}`, JSON.stringify({ value })),
    batch: (puts) => call('POST', '/batch', JSON.stringify({ operations: puts.map((put) => ({ op: 'put', ...put })) })),
  };
}

/** Throws unless every write was taken. */
export function checked(status: number, body: string): void {
  if (status >= 300 || body.includes('"problem"')) throw new Error(`answered with ${status}: ${body.slice(0, 300)}`);
}
