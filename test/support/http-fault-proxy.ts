/** A loopback proxy in front of SQS or DynamoDB that answers, delays, swallows and cuts requests as a service in trouble does. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What happens to a request. */
export type HttpFault =
  /** The service refuses it, and changes nothing. */
  | { readonly kind: 'answer'; readonly status: number; readonly type: string }
  /** The service does it, but the answer never arrives: the caller times out or finds the connection cut. */
  | { readonly kind: 'answer lost' | 'answer cut' }
  /** It never reaches the service. */
  | { readonly kind: 'swallowed' | 'reset' }
  | { readonly kind: 'late'; readonly ms: number };

/** Decides about one request: its operation, such as `PutItem`, and its body. */
export type HttpWeather = (operation: string, body: string) => HttpFault | undefined;

/** A moment to wait for: a request of this kind, before the service has it or when it has answered. Its caller hears nothing more. */
interface Ambush {
  readonly operations: RegExp;
  readonly when: 'asked' | 'answered';
  readonly reached: () => void;
}

export class HttpFaultProxy {
  readonly url: string;
  /** What happens to requests; nothing while it is not set. */
  weather: HttpWeather | undefined;
  #ambush: Ambush | undefined;
  /** Faults so far, by kind. */
  readonly injected = new Map<string, number>();
  readonly #target: URL;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(target: URL, server: ReturnType<typeof createServer>) {
    this.#target = target;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (incoming, response) => void this.#serve(incoming, response));
  }

  static async start(targetUrl: string): Promise<HttpFaultProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpFaultProxy(new URL(targetUrl), server);
  }

  /** Ends when such a request has come to this moment, or when nothing did for so long. */
  async ambush(operations: RegExp, when: Ambush['when'], timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
    this.#ambush = { operations, when, reached: resolve };
    await promise;
    clearTimeout(timer);
    this.#ambush = undefined;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that was killed, or gave up.
    response.on('error', () => undefined);
    const body = await bodyOf(incoming).catch(() => undefined);
    if (body === undefined) return;
    const operation = String(incoming.headers['x-amz-target'] ?? '')
      .split('.')
      .at(-1)!;
    const ambush = this.#ambush?.operations.test(operation) ? this.#ambush : undefined;
    if (ambush?.when === 'asked') {
      ambush.reached();
      return;
    }
    const fault = this.weather?.(operation, body.toString());
    if (fault) this.#count(fault.kind === 'answer' ? fault.type : fault.kind);
    switch (fault?.kind) {
      case 'answer':
        response.writeHead(fault.status, {
          'content-type': 'application/x-amz-json-1.0',
          'x-amzn-errortype': fault.type,
        });
        response.end(JSON.stringify({ __type: `com.amazonaws#${fault.type}`, message: 'injected' }));
        return;
      case 'swallowed':
        return;
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'late':
        await wait(fault.ms);
    }
    const answer = await this.#forward(incoming, body).catch(() => undefined);
    if (!answer) {
      incoming.socket.destroy();
      return;
    }
    ambush?.reached();
    if (ambush || fault?.kind === 'answer lost') return;
    if (fault?.kind === 'answer cut') {
      incoming.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  async #forward(incoming: IncomingMessage, body: Buffer) {
    const { hostname, port } = this.#target;
    const { method, url, headers } = incoming;
    const outgoing = request({ hostname, port, method, path: url, headers: { ...headers, connection: 'close' } });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) };
  }

  #count(kind: string): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece);
  return Buffer.concat(pieces);
}
