import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CLOSE_LIMIT_MS = 30_000;

/** Answers a request; never rejects. Once `isClosing`, the connection should not be kept: it would be waited for. */
export type Answering = (request: IncomingMessage, response: ServerResponse, isClosing: () => boolean) => Promise<void>;

/** A running HTTP server. */
export interface HttpServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Accepts no more connections and requests, and waits for the answers under way; after 30 s connections are cut. */
  close(): Promise<void>;
}

/**
 * Starts an HTTP server on 127.0.0.1.
 *
 * @param port 0 for any
 * @throws where the port is taken
 */
export async function startLoopbackServer(port: number, answer: Answering): Promise<HttpServer> {
  const answering = new Set<Promise<void>>();
  let closing = false;
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const answered = answer(request, response, () => closing).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      // No answer takes as long; only a client can that sends its request slowly.
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
