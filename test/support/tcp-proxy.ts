/** A loopback TCP proxy that makes a server look away, slow, or gone in the middle of an answer. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of this link were swallowed: nothing on it is delivered any more. */
  silent: boolean;
  /** The next reply is cut off. */
  cutting: boolean;
  /** What is delivered at the release, in order. */
  readonly held: (() => void)[];
}

export class TcpProxy {
  /** Where clients connect to, with the scheme of the server's own URL. */
  readonly url: string;
  /** Connections that were accepted. */
  connections = 0;
  readonly #target: URL;
  readonly #listener: Server;
  readonly #port: number;
  readonly #links = new Set<Link>();
  readonly #requests: string[] = [];
  #mode: 'pass' | 'swallow' | 'hold' = 'pass';
  #cuts: ((request: string) => boolean)[] = [];

  private constructor(target: URL, listener: Server, port: number) {
    this.#target = target;
    this.#listener = listener;
    this.#port = port;
    this.url = `${target.protocol}//127.0.0.1:${port}`;
    listener.on('connection', (client) => this.#accept(client));
  }

  static async start(targetUrl: string): Promise<TcpProxy> {
    const listener = createServer();
    const port = await listen(listener, 0);
    return new TcpProxy(new URL(targetUrl), listener, port);
  }

  /** How many pieces that clients sent hold this text, whether they were delivered or not. */
  asked(text: string): number {
    return this.#requests.filter((request) => request.includes(text)).length;
  }

  /** Everything is delivered again; but a connection that lost bytes stays silent, as one that a network forgot. */
  async pass(): Promise<void> {
    this.#mode = 'pass';
    if (!this.#listener.listening) await listen(this.#listener, this.#port);
  }

  /** Nobody listens, and every connection is gone. */
  async refuse(): Promise<void> {
    this.#mode = 'pass';
    for (const link of this.#links) drop(link);
    if (!this.#listener.listening) return;
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  /** Accepts everything and answers nothing. */
  swallow(): void {
    this.#mode = 'swallow';
  }

  /** Keeps everything until the returned function is called. */
  hold(): () => void {
    this.#mode = 'hold';
    return () => {
      this.#mode = 'pass';
      for (const link of this.#links) for (const deliver of link.held.splice(0)) deliver();
    };
  }

  /** Lets the next request that matches reach the server, and cuts the connection when the reply is there. */
  cutReply(matches: (request: string) => boolean): void {
    this.#cuts.push(matches);
  }

  /** How many cuts did not happen yet. */
  get cutsLeft(): number {
    return this.#cuts.length;
  }

  async close(): Promise<void> {
    await this.refuse();
  }

  #accept(client: Socket): void {
    this.connections += 1;
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const link: Link = { client, server, silent: false, cutting: false, held: [] };
    this.#links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      // A reset is what some tests are about; `close` follows.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#links.delete(link);
        drop(link);
      });
    }
    client.on('data', (bytes) => this.#request(link, bytes));
    server.on('data', (bytes) => this.#reply(link, bytes));
  }

  #request(link: Link, bytes: Buffer): void {
    const text = bytes.toString('latin1');
    this.#requests.push(text);
    this.#deliver(link, () => {
      const cut = this.#cuts.findIndex((matches) => matches(text));
      if (cut >= 0) {
        this.#cuts.splice(cut, 1);
        link.cutting = true;
      }
      link.server.write(bytes);
    });
  }

  #reply(link: Link, bytes: Buffer): void {
    if (link.cutting) drop(link);
    else this.#deliver(link, () => link.client.write(bytes));
  }

  #deliver(link: Link, deliver: () => void): void {
    if (this.#mode === 'swallow') link.silent = true;
    if (link.silent) return;
    if (this.#mode === 'hold') link.held.push(deliver);
    else deliver();
  }
}

function drop({ client, server }: Link): void {
  client.destroy();
  server.destroy();
}

async function listen(listener: Server, port: number): Promise<number> {
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
