import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { PROBLEM_TYPE_PREFIX } from '../functions/api/problems.ts';
import { type Answer, toAnswer, toApiEvent } from './api-event.ts';
import { type Handler, InvocationTimeoutError, invoke, type LocalFunction } from './invocation.ts';

/** Largest request body that API Gateway takes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

const CLOSE_LIMIT_MS = 30_000;

/** Options of {@link startHttpServer}. */
export interface HttpServerOptions extends Partial<LocalFunction> {
  /** The `api` function's handler. */
  readonly handler: Handler<APIGatewayProxyEvent, APIGatewayProxyResult>;
  /** Port on 127.0.0.1; 0 for any. @default 0 */
  readonly port?: number;
  /** Takes a line about each crash of the handler. @default console.error */
  readonly log?: (line: string) => void;
}

/** A running HTTP server. */
export interface HttpServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Accepts no more connections and requests, and waits for the answers under way; after 30 s connections are cut. */
  close(): Promise<void>;
}

/** Serves a handler on 127.0.0.1 as an API Gateway REST API with Lambda proxy integration does. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const fn = {
    functionName: options.functionName ?? 'write-behind-api',
    // API Gateway's own limit.
    timeoutSeconds: options.timeoutSeconds ?? 29,
  };
  const answering = new Set<Promise<void>>();
  let closing = false;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const answered = serve(request, response, options, fn, () => closing).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      // No handler takes as long; only a client can that sends its request slowly.
      const cut = setTimeout(() => server.closeAllConnections(), CLOSE_LIMIT_MS);
      await Promise.all(answering);
      server.closeIdleConnections();
      await closed;
      clearTimeout(cut);
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
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
      body === undefined
        ? problem(413, 'body-too-large', 'Body too large', `Allowed are ${MAX_BODY_BYTES} bytes.`)
        : await call(handler, toApiEvent(request, body, requestId), fn, log);
    if (isClosing()) response.shouldKeepAlive = false;
    await send(response, answer, requestId);
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

/** The whole body; `undefined` when it is too large: the rest is read and dropped, so that the client sees the answer. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks = [];
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

async function send(response: ServerResponse, { status, headers, body }: Answer, requestId: string): Promise<void> {
  if (response.closed) return;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.setHeader('x-amzn-requestid', requestId);
  response.writeHead(status, { 'content-length': body.length });
  await new Promise<void>((resolve, reject) => {
    response.once('error', reject);
    response.once('close', resolve);
    response.end(body, () => resolve());
  });
}

function problem(status: number, code: string, title: string, detail: string): Answer {
  const type = PROBLEM_TYPE_PREFIX + code;
  return {
    status,
    headers: [['content-type', 'application/problem+json']],
    body: Buffer.from(JSON.stringify({ type, title, status, detail })),
  };
}
