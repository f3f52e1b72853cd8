import type { Socket } from 'node:dgram';
import type { Segment } from './segment.ts';

/** In front of each document. */
const HEADER = '{"format":"json","version":1}\n';
/** What X-Ray takes, and what one datagram carries. */
const MAX_BYTES = 64_000;

/**
 * X-Ray's daemon, to which documents are sent by UDP: Lambda runs one beside each function. What it does not get is missing in a trace and
 * nowhere else, so nothing here fails.
 */
export class XRayDaemon {
  readonly #host: string;
  readonly #port: number;
  #socket: Promise<Socket> | undefined;

  /** @param address `HOST:PORT`, as in `AWS_XRAY_DAEMON_ADDRESS`, whose longer form (`tcp:… udp:…`) is understood too */
  constructor(address: string) {
    const udp = /udp:(\S+)/.exec(address)?.[1] ?? address;
    const colon = udp.lastIndexOf(':');
    this.#host = udp.slice(0, colon);
    this.#port = Number(udp.slice(colon + 1));
  }

  /** Resolves when all are on their way: after its answer a function may be stopped. */
  async send(segments: readonly Segment[]): Promise<void> {
    if (segments.length === 0) return;
    try {
      this.#socket ??= openSocket();
      const socket = await this.#socket;
      await Promise.all(segments.map((segment) => this.#sendOne(socket, textOf(segment))));
    } catch {
      // An address that is none, no socket left.
    }
  }

  #sendOne(socket: Socket, text: string): Promise<void> {
    return new Promise((resolve) => socket.send(HEADER + text, this.#port, this.#host, () => resolve()));
  }
}

async function openSocket(): Promise<Socket> {
  // Loaded with the first trace: most instances begin with a request that is not recorded.
  const { createSocket } = await import('node:dgram');
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.unref();
  return socket;
}

function textOf(segment: Segment): string {
  const whole = JSON.stringify(segment.document());
  return Buffer.byteLength(whole) <= MAX_BYTES ? whole : JSON.stringify(segment.document(false));
}
