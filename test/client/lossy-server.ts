import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What goes wrong between a client and the API, for the next requests. */
export interface Trouble {
  /** Requests that reach the API, but whose answers are lost. */
  readonly lost?: number;
  /** Requests that are refused with 503, and do not reach it. */
  readonly refused?: number;
  readonly retryAfterSeconds?: number;
  /** Name of a header that no request arrives with. */
  readonly header?: string;
}

/** A server in front of the API. */
export interface LossyServer {
  readonly url: string;
  /** How many requests came. */
  readonly requests: number;
  /** Resolves when the first was answered. */
  readonly answered: Promise<void>;
  /** Loses the answers of the next requests, and refuses no more. */
  lose(count: number): void;
  close(): Promise<void>;
}

/** Starts a server that passes requests on to the API at `target`, but for the trouble it makes. */
export async function lossyServer(target: string, trouble: Trouble): Promise<LossyServer> {
  let { lost = 0, refused = 0 } = trouble;
  let requests = 0;
  const { promise: answered, resolve: firstAnswered } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    requests += 1;
    if (refused-- > 0) {
      const pause = trouble.retryAfterSeconds;
      response.writeHead(503, pause === undefined ? {} : { 'retry-after': String(pause) }).end('not now');
      response.once('finish', firstAnswered);
      return;
    }
    const body = await text(request);
    const answer = await fetch(target + request.url, {
      method: request.method!,
      headers: Object.fromEntries(
        Object.entries(request.headers).filter(
          ([name]) => !['host', 'connection', 'content-length', trouble.header].includes(name),
        ),
      ) as Record<string, string>,
      ...(body && { body }),
    });
    const answerText = await answer.text();
    if (lost-- > 0) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! }).end(answerText);
    firstAnswered();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    get requests() {
      return requests;
    },
    lose(count) {
      refused = 0;
      lost = count;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
