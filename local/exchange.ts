import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEM_TYPE_PREFIX } from '../functions/api/problems.ts';
import type { Answer } from './api-event.ts';

/** Largest request body that API Gateway takes. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The whole body; `undefined` when it is too large: the rest is read and dropped, so that the client sees the answer. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks = [];
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** Sends an answer and waits until it is gone, or the client is. */
export async function send(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  if (response.closed) return;
  for (const [name, value] of headers) response.setHeader(name, value);
  response.writeHead(status, { 'content-length': body.length });
  await new Promise<void>((resolve, reject) => {
    response.once('error', reject);
    response.once('close', resolve);
    response.end(body, () => resolve());
  });
}

/** An answer for what went wrong outside of the handler. */
export function problem(status: number, code: string, title: string, detail: string): Answer {
  const type = PROBLEM_TYPE_PREFIX + code;
  return {
    status,
    headers: [['content-type', 'application/problem+json']],
    body: Buffer.from(JSON.stringify({ type, title, status, detail })),
  };
}

/** The answer to a body for which {@link readBody} has none. */
export function bodyTooLarge(): Answer {
  return problem(413, 'body-too-large', 'Body too large', `Allowed are ${MAX_BODY_BYTES} bytes.`);
}
