import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { commandsIn } from './resp.ts';

/**
 * Stands between a client and Valkey on loopback and keeps every command as it was sent. What a library asks of Valkey is so
 * known without knowing how it asks.
 */
export class WireRecorder {
  /** Where the client has to connect to. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #chunks: Buffer[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(valkeyUrl: string): Promise<WireRecorder> {
    const { hostname, port } = new URL(valkeyUrl);
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const recorder = new WireRecorder(server);
    server.on('connection', (client) => recorder.#link(client, connect(Number(port || 6379), hostname)));
    return recorder;
  }

  /** The commands since the start, or since they were taken last: name and arguments. For one client at a time. */
  take(): string[][] {
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    return commandsIn(bytes);
  }

  /** Cuts the connections, and listens no more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(client: Socket, valkey: Socket): void {
    for (const socket of [client, valkey]) {
      this.#sockets.add(socket);
      // Either end may be gone first, at the end of a run.
      socket.on('error', () => undefined);
    }
    valkey.setNoDelay(true);
    client.on('data', (bytes) => this.#chunks.push(bytes));
    client.pipe(valkey).pipe(client);
  }
}
