import { isUtf8 } from 'node:buffer';
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

/**
 * The event that an API Gateway REST API with one `{proxy+}` route makes of a request. `path` is as it came, still
 * percent-encoded; a body that is not UTF-8 is base64.
 */
export function toApiEvent(request: IncomingMessage, body: Buffer, requestId: string): APIGatewayProxyEvent {
  const { path, query } = splitTarget(request.url ?? '/');
  const multiValueHeaders = collect(pairs(request.rawHeaders));
  const multiValueQuery = collect(query);
  const isText = isUtf8(body);
  const proxied = path.replace(/^\//, '');
  const resource = proxied === '' ? '/' : '/{proxy+}';
  const httpMethod = request.method ?? 'GET';
  return {
    resource,
    path,
    httpMethod,
    headers: lastOf(multiValueHeaders),
    multiValueHeaders,
    queryStringParameters: query.length > 0 ? lastOf(multiValueQuery) : null,
    multiValueQueryStringParameters: query.length > 0 ? multiValueQuery : null,
    pathParameters: proxied === '' ? null : { proxy: proxied },
    stageVariables: null,
    body: body.length === 0 ? null : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    requestContext: requestContext(request, { resource, path, httpMethod, requestId }),
  };
}

function requestContext(
  request: IncomingMessage,
  known: { resource: string; path: string; httpMethod: string; requestId: string },
): APIGatewayProxyEvent['requestContext'] {
  const now = new Date();
  return {
    accountId: '000000000000',
    apiId: 'local',
    authorizer: null,
    protocol: `HTTP/${request.httpVersion}`,
    httpMethod: known.httpMethod,
    path: known.path,
    stage: 'local',
    requestId: known.requestId,
    requestTime: now.toISOString(),
    requestTimeEpoch: now.getTime(),
    resourceId: 'local',
    resourcePath: known.resource,
    identity: {
      accessKey: null,
      accountId: null,
      apiKey: null,
      apiKeyId: null,
      caller: null,
      clientCert: null,
      cognitoAuthenticationProvider: null,
      cognitoAuthenticationType: null,
      cognitoIdentityId: null,
      cognitoIdentityPoolId: null,
      principalOrgId: null,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      user: null,
      userAgent: request.headers['user-agent'] ?? null,
      userArn: null,
    },
  };
}

type Pairs = readonly (readonly [string, string])[];

/** Splits a request target without normalising it, as `URL` would (`..`, `//`, backslashes). */
function splitTarget(target: string): { path: string; query: Pairs } {
  const local = target.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = local.indexOf('?');
  const path = mark === -1 ? local : local.slice(0, mark);
  const query = mark === -1 ? [] : [...new URLSearchParams(local.slice(mark + 1))];
  return { path: path === '' ? '/' : path, query };
}

function pairs(flat: readonly string[]): Pairs {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!] as const);
}

/** Values by name. Built by `fromEntries`, so that a header or parameter called `__proto__` is one like any other. */
function collect(entries: Pairs): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of entries) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}

function lastOf(multi: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(multi).map(([name, values]) => [name, values.at(-1) ?? '']));
}

/** A handler's answer, ready to be sent. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, values: string | string[]])[];
  readonly body: Buffer;
}

/**
 * What API Gateway makes of a handler's answer.
 *
 * @throws when the answer cannot be sent: no status, a body that is no string, a header that HTTP does not allow
 */
export function toAnswer(result: APIGatewayProxyResult): Answer {
  const { statusCode, headers = {}, multiValueHeaders = {}, body, isBase64Encoded } = result;
  if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 599) {
    throw new Error(`the handler answered with the status code ${statusCode}`);
  }
  if (typeof (body ?? '') !== 'string') throw new Error('the handler answered with a body that is no string');
  const merged = new Map<string, string | string[]>();
  for (const [name, value] of Object.entries(headers)) merged.set(name, String(value));
  for (const [name, values] of Object.entries(multiValueHeaders)) merged.set(name, values.map(String));
  for (const [name, values] of merged) {
    validateHeaderName(name);
    for (const value of [values].flat()) validateHeaderValue(name, value);
  }
  return {
    status: statusCode,
    headers: [...merged],
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
  };
}
