import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem, send } from './exchange.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what pages of other sites would change through the browser of whoever started the local stack, whose API asks nobody who he is.
 * What needs a JSON body they cannot send unasked, but `POST /flush` and `/pause` need none.
 *
 * @param allowed the setting `corsOrigins`
 */
export function refuseForeignWrites(allowed: readonly string[]) {
  return (request: IncomingMessage, response: ServerResponse): Promise<void> | undefined => {
    const { host, origin, 'sec-fetch-site': site } = request.headers;
    const isOwn = origin === undefined ? site !== 'cross-site' && site !== 'same-site' : origin === `http://${host}`;
    const isAllowed = allowed.includes('*') || (origin !== undefined && allowed.includes(origin));
    if (READS.has(request.method ?? '') || isOwn || isAllowed) return undefined;
    const from = origin ?? 'another site';
    const detail = `A page of ${from} sent this request; the setting corsOrigins names those that may.`;
    // The connection was cut: there is nobody left to answer.
    return send(response, problem(403, 'cross-site', 'Refused', detail)).catch(() => void response.destroy());
  };
}
