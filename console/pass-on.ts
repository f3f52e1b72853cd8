import type { IncomingMessage } from 'node:http';
import type { Outgoing, Sign } from '../client/send.ts';
import type { Answer } from '../local/api-event.ts';
import { bodyTooLarge, problem, readBody } from '../local/exchange.ts';

/** Headers of the HTTP contract; cookies and whatever else a browser sends stay here. */
const REQUEST_HEADERS = ['content-type', 'write-durability', 'if-match', 'if-none-match', 'idempotency-key'];
const ANSWER_HEADERS = ['content-type', 'etag', 'location', 'retry-after', 'allow', 'server-timing', 'cache-control'];

/** Longest that the API may take, ms; API Gateway gives up before. */
const TIMEOUT_MS = 35_000;

/** The API that requests are passed on to. */
export interface Api {
  /** Its address, without a slash at its end; a deployed one's ends with its stage. */
  readonly url: string;
  /** Signs each request, for APIs that ask for it. @default nobody */
  readonly sign?: Sign | undefined;
}

/** Passes a request on to the API and returns its answer. A 502 where none came: whether the API did anything is not known then. */
export async function passOn(request: IncomingMessage, { url, sign }: Api): Promise<Answer> {
  const target = new URL(url + (request.url ?? '/'));
  // `..` must not lead to another stage, for which the signature would hold too.
  if (!target.href.startsWith(`${url}/`)) return problem(404, 'no-such-route', 'Not found', 'This is not of the API.');
  const body = await readBody(request);
  if (body === undefined) return bodyTooLarge();
  const outgoing: Outgoing = {
    method: request.method ?? 'GET',
    url: target.href,
    headers: Object.fromEntries(
      REQUEST_HEADERS.flatMap((name) =>
        request.headers[name] === undefined ? [] : [[name, String(request.headers[name])]],
      ),
    ),
    ...(body.length > 0 && { body: body.toString() }),
  };
  try {
    const { url: signedUrl, ...init } = sign ? await sign(outgoing) : outgoing;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(signedUrl, { ...init, redirect: 'manual', signal });
    return {
      status: answer.status,
      headers: ANSWER_HEADERS.flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value] as const];
      }),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  } catch (error) {
    return problem(502, 'unreachable', 'No answer', `No answer from ${url}: ${reasonOf(error)}`);
  }
}

/** `fetch failed` alone helps nobody. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  return cause instanceof Error ? cause.message : String(cause);
}
