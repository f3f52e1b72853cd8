import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** An answer. */
export interface Asked {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Sends a request with exactly these headers, as `fetch` would not: a `Host` of its own, `Sec-Fetch-Site`. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
  { method = 'GET', body = '' } = {},
): Promise<Asked> {
  const sent = request(url, { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** Requests that a browser sends when another site's page makes it, and what gives each away. */
export const FOREIGN: readonly (readonly [what: string, headers: Record<string, string>])[] = [
  ['under a name that another site lets point here', { host: 'rebound.example:3000' }],
  ['under an address of the network', { host: '192.168.0.10:3000' }],
  ['with the Origin of another site', { origin: 'https://elsewhere.example' }],
  ['with the Origin of another port here', { origin: 'http://localhost:8080' }],
  ['with an Origin that hides itself', { origin: 'null' }],
  ['as a cross-site request', { 'sec-fetch-site': 'cross-site' }],
  ['as a request of another port here', { 'sec-fetch-site': 'same-site' }],
];
