import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { DemoError } from './errors.ts';

/** A way to DynamoDB on which every request is counted. */
export interface WireCounter {
  /** Endpoint for clients. */
  readonly url: string;
  /** Requests, and statements of batches, that write an item, by what stood on the wire since the start. */
  itemWrites(): number;
  close(): Promise<void>;
}

/** Operations and statements that write an item. An operation that writes several is none that a count could hold. */
const ITEM_WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'INSERT', 'UPDATE', 'DELETE'];
const SEVERAL_WRITES = ['BatchWriteItem', 'TransactWriteItems', 'ExecuteStatement'];

/**
 * Passes bytes on between clients and a DynamoDB endpoint on loopback and counts the operations that it sees, and the statements of
 * batches. No text of an item can be taken for one: in JSON it has neither a line break nor a quotation mark of its own.
 *
 * @param endpoint `http:` only; signatures of a real AWS endpoint would not survive the detour
 */
export async function startWireCounter(endpoint: string): Promise<WireCounter> {
  const { protocol, hostname, port } = new URL(endpoint);
  if (protocol !== 'http:')
    throw new DemoError(`The demo counts DynamoDB's requests at the wire; ${endpoint} is not http.`);
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port || 80), noDelay: true });
    const targets = new TargetScanner((name) => counts.set(name, (counts.get(name) ?? 0) + 1));
    client.on('data', (chunk: Buffer) => targets.scan(chunk));
    client.pipe(upstream).pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      // The other side sees a cut connection, as it would without the detour.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    itemWrites: () => {
      const several = SEVERAL_WRITES.find((operation) => counts.has(operation));
      if (several !== undefined) throw new DemoError(`${several} was seen on the wire: its items cannot be counted.`);
      return ITEM_WRITES.reduce((sum, operation) => sum + (counts.get(operation) ?? 0), 0);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

const TARGET = /\r\nx-amz-target: ?DynamoDB_\d+\.(\w+)\r\n|"Statement":"(\w+) /gi;
/** Longer than the longest match. */
const LONGEST_TARGET = 100;

/** Finds the operations and statements in what one connection sends, also where a chunk ends within one. */
export class TargetScanner {
  readonly #found: (name: string) => void;
  #rest = '';

  constructor(found: (name: string) => void) {
    this.#found = found;
  }

  /** Takes the next bytes. */
  scan(chunk: Buffer): void {
    const text = this.#rest + chunk.toString('latin1');
    let end = 0;
    for (const match of text.matchAll(TARGET)) {
      this.#found((match[1] ?? match[2])!);
      // The line break may be the beginning of the next match.
      end = match.index + match[0].length - 2;
    }
    this.#rest = text.slice(Math.max(end, text.length - LONGEST_TARGET));
  }
}
