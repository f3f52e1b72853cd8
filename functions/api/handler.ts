import middy from '@middy/core';
import httpCors from '@middy/http-cors';
import httpSecurityHeaders from '@middy/http-security-headers';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { createLogger, type Log } from '../logger.ts';
import type { XRay } from '../x-ray/x-ray.ts';
import type { ApiEvent } from './api-event.ts';
import { NoSuchRouteError, OutOfTimeError } from './errors.ts';
import { requestHeaders } from './headers.ts';
import { jsonBody } from './middleware/json-body.ts';
import { problemJson } from './middleware/problem-json.ts';
import { requestLog } from './middleware/request-log.ts';
import { routing } from './middleware/routing.ts';
import { serverTiming } from './middleware/server-timing.ts';
import { headerParameters } from './parameters.ts';
import { requestQuery } from './query.ts';
import type { ApiCache, Route } from './route.ts';
import { createRouter } from './router.ts';
import { routes } from './routes.ts';
import { traceHeaderOf } from './trace.ts';

/** Kept of the function's time to say that it ran out. */
const LAST_WORD_MS = 500;

const EXPOSED_HEADERS = ['ETag', 'Location', 'Retry-After', 'Server-Timing', 'Allow'];

/** The API as a Lambda handler for API Gateway REST proxy events. */
export type ApiHandler = (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult>;

/** Options of {@link createApiHandler}. */
export interface ApiHandlerOptions {
  /** @default one that writes to standard error */
  readonly logger?: Log;
  /** Those that it answers. @default all */
  readonly routes?: readonly Route[];
  /** @default none */
  readonly tracing?: XRay | undefined;
}

/**
 * Makes the handler of the HTTP API.
 *
 * @example
 * export const handler = createApiHandler(await WriteBehind.connect(configFromEnvironment()));
 */
export function createApiHandler(cache: ApiCache, options: ApiHandlerOptions = {}): ApiHandler {
  const log = options.logger ?? createLogger({ service: 'api' });
  const { corsOrigins } = cache.config;

  const chain = middy<ApiEvent, APIGatewayProxyResult>(
    (event: ApiEvent, context: Context) => answer(cache, event, context),
    {
      timeoutEarlyInMillis: LAST_WORD_MS,
      timeoutEarlyResponse: () => {
        throw new OutOfTimeError();
      },
    },
  )
    .use(requestLog(log))
    .use(serverTiming())
    .use(securityHeaders());
  if (corsOrigins.length > 0) chain.use(cors(corsOrigins));
  chain
    .use(problemJson(log))
    .use(routing(createRouter(options.routes ?? routes)))
    .use(jsonBody());
  const { tracing } = options;
  return tracing
    ? (event, context) => traced(tracing, event, () => chain(event, context))
    : (event, context) => chain(event, context);
}

/** A request as a part of its trace, with the route and the status; never the path, whose parameters are keys. */
function traced(
  tracing: XRay,
  event: ApiEvent,
  call: () => Promise<APIGatewayProxyResult>,
): Promise<APIGatewayProxyResult> {
  return tracing.within(traceHeaderOf(event), () =>
    tracing.span('request', { method: event.httpMethod }, async (span) => {
      const result = await call();
      const route = event.match?.route.path;
      span.set({ status: result.statusCode, ...(route !== undefined && { route }) });
      return result;
    }),
  );
}

async function answer(cache: ApiCache, event: ApiEvent, context: Context): Promise<APIGatewayProxyResult> {
  if (!event.match) throw new NoSuchRouteError();
  const reply = await event.match.route.respond({
    cache,
    params: event.match.params,
    headers: requestHeaders(event),
    query: requestQuery(event),
    caller: event.requestContext?.identity?.userArn ?? undefined,
    body: event.json,
    remainingMs: context.getRemainingTimeInMillis(),
  });
  const body = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
  return {
    statusCode: reply.status,
    headers: {
      ...(body !== '' && { 'Content-Type': 'application/json' }),
      'Cache-Control': 'no-store',
      ...reply.headers,
    },
    body,
  };
}

// What matters for JSON; the long lists of browser features that pages need would be most of a short answer.
function securityHeaders() {
  return httpSecurityHeaders({
    contentSecurityPolicy: { 'default-src': "'none'", 'require-trusted-types-for': '', 'report-to': '' },
    strictTransportSecurity: { includeSubDomains: false },
    permissionsPolicy: false,
    originAgentCluster: false,
    downloadOptions: false,
    dnsPrefetchControl: false,
    permittedCrossDomainPolicies: false,
  });
}

function cors(origins: readonly string[]) {
  return httpCors({
    origins: [...origins],
    methods: 'GET, PUT, PATCH, DELETE, POST, OPTIONS',
    headers: ['Content-Type', ...Object.values(headerParameters).map(({ name }) => name)].join(', '),
    exposeHeaders: EXPOSED_HEADERS.join(', '),
    maxAge: 600,
  });
}
