/** An HTTP service on the log. Arguments: URL of the API, and the port to listen on. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { ApiError, WriteBehindClient } from 'write-behind/client';
import * as z from 'zod';
import { LEVELS, Log } from './log.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** More than this is not taken: who writes faster than the API has to wait. */
const MAX_BACKLOG = 20_000;

const [apiUrl = 'http://127.0.0.1:3000', port = '8080'] = process.argv.slice(2);
const log = new Log(new WriteBehindClient({ url: apiUrl }));

const line = z.strictObject({ level: z.enum(LEVELS).default('info'), text: z.string().min(1).max(10_000) });
const posted = z.union([line, z.array(line).min(1).max(1000)]);

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly type?: string;
}

/** A request that is not taken. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const routes: Record<string, (request: IncomingMessage, query: URLSearchParams) => Promise<Answer> | Answer> = {
  'POST /logs': async (request) => {
    if (log.backlog > MAX_BACKLOG) throw new Refusal(503, 'too much at once');
    const lines = [await bodyOf(request)].flat();
    return { status: 201, body: { ids: await log.append(lines) } };
  },
  'GET /logs': async (_, query) => {
    const limit = z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .optional()
      .safeParse(query.get('limit') ?? undefined);
    if (!limit.success) throw new Refusal(400, 'limit is a whole number from 1 to 100');
    return { status: 200, body: await log.page(limit.data, query.get('cursor') ?? undefined) };
  },
  'GET /statistics': async () => ({ status: 200, body: await log.statistics() }),
  'GET /': file('page.html', 'text/html; charset=utf-8'),
  'GET /page.js': file('page.js', 'text/javascript; charset=utf-8'),
  'GET /page.css': file('page.css', 'text/css; charset=utf-8'),
};

/** The page runs its own script and nothing else, and talks to nobody else: a line can hold what it wants. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
  const route = routes[`${request.method} ${pathname}`];
  const { status, body, type } = await (async () =>
    route ? route(request, searchParams) : { status: 404, body: { error: 'no such page' } })().catch(failure);
  response.writeHead(status, { ...HEADERS, 'content-type': type ?? 'application/json', ...(status >= 400 && LAST) });
  response.end(type === undefined ? JSON.stringify(body) : body);
});
/** What is left of a body that was not taken must not be read as the next request. */
const LAST = { connection: 'close' };

server.listen(Number(port), '127.0.0.1', () => {
  console.log(`ready http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => server.close());

function file(name: string, type: string): () => Answer {
  const body = readFileSync(join(import.meta.dirname, name), 'utf8');
  return () => ({ status: 200, body, type });
}

async function bodyOf(request: IncomingMessage): Promise<z.output<typeof posted>> {
  // A form of another site can send every type that needs no preflight, and this is none of them.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) throw new Refusal(415, 'JSON is wanted');
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!(length <= MAX_BODY_BYTES)) throw new Refusal(413, `a body has a length, at most ${MAX_BODY_BYTES} bytes`);
  const body = posted.safeParse(await json(request).catch(() => undefined));
  if (!body.success) throw new Refusal(422, z.prettifyError(body.error));
  return body.data;
}

function failure(error: unknown): Answer {
  if (error instanceof Refusal) return { status: error.status, body: { error: error.message } };
  // The cursor came from the caller.
  if (error instanceof ApiError && error.status === 422) return { status: 422, body: { error: error.message } };
  console.error(error);
  return { status: 503, body: { error: 'not now' } };
}
