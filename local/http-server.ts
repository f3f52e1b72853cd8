import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type Answer, toAnswer, toApiEvent } from './api-event.ts';
import { bodyTooLarge, problem, readBody, send } from './exchange.ts';
import { type Handler, InvocationTimeoutError, invoke, type LocalFunction } from './invocation.ts';
import { type HttpServer, startLoopbackServer } from './loopback-server.ts';

/** A running server, as {@link startHttpServer} makes it. */
export type { HttpServer };

/** Options of {@link startHttpServer}. */
export interface HttpServerOptions extends Partial<LocalFunction> {
  /** The `api` function's handler. */
  readonly handler: Handler<APIGatewayProxyEvent, APIGatewayProxyResult>;
  /** Answers what is not for the API; `undefined` for everything else. @default everything is for the API */
  readonly before?: ((request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined) | undefined;
  /** Port on 127.0.0.1; 0 for any. @default 0 */
  readonly port?: number;
  /** Takes a line about each crash of the handler. @default console.error */
  readonly log?: (line: string) => void;
}

/** Serves a handler on 127.0.0.1 as an API Gateway REST API with Lambda proxy integration does. */
export function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const fn = {
    functionName: options.functionName ?? 'write-behind-api',
    // API Gateway's own limit.
    timeoutSeconds: options.timeoutSeconds ?? 29,
  };
  return startLoopbackServer(
    options.port ?? 0,
    (request, response, isClosing) =>
      options.before?.(request, response) ?? serve(request, response, options, fn, isClosing),
  );
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { handler, log = console.error }: HttpServerOptions,
  fn: LocalFunction,
  isClosing: () => boolean,
): Promise<void> {
  const requestId = randomUUID();
  try {
    const body = await readBody(request);
    const answer =
      body === undefined ? bodyTooLarge() : await call(handler, toApiEvent(request, body, requestId), fn, log);
    if (isClosing()) response.shouldKeepAlive = false;
    response.setHeader('x-amzn-requestid', requestId);
    await send(response, answer);
  } catch (error) {
    // Only the connection itself can fail here: there is nobody left to answer.
    log(`${request.method} request ${requestId} was cut: ${error}`);
    response.destroy();
  }
}

async function call(
  handler: Handler<APIGatewayProxyEvent, APIGatewayProxyResult>,
  event: APIGatewayProxyEvent,
  fn: LocalFunction,
  log: (line: string) => void,
): Promise<Answer> {
  try {
    return toAnswer(await invoke(handler, event, fn, event.requestContext.requestId));
  } catch (error) {
    log(`${fn.functionName} failed: ${error instanceof Error ? error.stack : error}`);
    return error instanceof InvocationTimeoutError
      ? problem(504, 'timeout', 'Timed out', 'The request took too long; whether it was carried out is unknown.')
      : problem(502, 'internal', 'Internal error', 'Something went wrong on our side.');
  }
}
