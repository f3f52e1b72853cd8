import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../local/api-event.ts';
import { problem, send } from '../local/exchange.ts';
import { assets } from './assets.ts';
import { refusal } from './guard.ts';
import type { Sampler } from './sampler.ts';

/**
 * Nothing but what this server sends, and nothing inline: a value that looks like markup stays text even if the page had a
 * mistake, because no script of its would run and no text becomes markup.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS: readonly (readonly [string, string])[] = [
  ['content-security-policy', POLICY],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['cache-control', 'no-store'],
];

/** Answers a request to `/console` or below; `undefined` for any other. */
export type Console = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;

/** The console: its page, and the samples that it shows. */
export function createConsole(sampler: Pick<Sampler, 'read'>): Console {
  return (request, response) => {
    const { pathname, searchParams } = new URL(`http://localhost${request.url ?? '/'}`);
    if (pathname !== '/console' && !pathname.startsWith('/console/')) return undefined;
    return (
      answer(request, pathname, searchParams, sampler)
        .catch(() => problem(500, 'internal', 'Internal error', 'The page could not be made.'))
        .then(({ status, headers, body }) => send(response, { status, headers: [...HEADERS, ...headers], body }))
        // The connection was cut: there is nobody left to answer.
        .catch(() => response.destroy() && undefined)
    );
  };
}

async function answer(
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
  sampler: Pick<Sampler, 'read'>,
): Promise<Answer> {
  const refused = refusal(request);
  if (refused) return problem(403, 'cross-site', 'Refused', refused);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const { headers, ...rest } = problem(405, 'method-not-allowed', 'Method not allowed', 'The console is read.');
    return { ...rest, headers: [...headers, ['allow', 'GET, HEAD']] };
  }
  if (path === '/console/samples') {
    const samples = sampler.read(Number(query.get('after') ?? 0) || 0);
    return { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify(samples)) };
  }
  const asset = (await assets()).get(path.replace(/\/$/, ''));
  if (!asset) return problem(404, 'no-such-route', 'Not found', 'The page is at /console.');
  return { status: 200, headers: [['content-type', asset.type]], body: asset.body };
}
