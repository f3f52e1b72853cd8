/** What X-Ray's daemon would get: a UDP port on this machine that keeps the documents. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { SegmentDocument } from '../../functions/x-ray/segment.ts';

export interface TestDaemon {
  readonly address: string;
  /** Everything that arrived. */
  readonly documents: readonly SegmentDocument[];
  /** Those of a trace, once there are enough for what is expected. */
  stop(): void;
}

const HEADER = '{"format":"json","version":1}\n';

export async function startDaemon(): Promise<TestDaemon> {
  const documents: SegmentDocument[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    const text = message.toString();
    if (!text.startsWith(HEADER)) throw new Error(`X-Ray's daemon would not take ${text}`);
    documents.push(JSON.parse(text.slice(HEADER.length)));
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, documents, stop: () => socket.close() };
}

/** A document and everything within it. */
export function withParts(document: SegmentDocument): SegmentDocument[] {
  return [document, ...(document.subsegments ?? []).flatMap(withParts)];
}
