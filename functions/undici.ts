/**
 * What the bundles have instead of the whole of `undici`, the HTTP client of the AWS SDK's clients: its index also loads `fetch`,
 * WebSocket, caches and mocks, half a megabyte that nothing here uses.
 */
import type undici from 'undici';

export const Agent: typeof undici.Agent = require('undici/lib/dispatcher/agent.js');
export const Dispatcher: typeof undici.Dispatcher = require('undici/lib/dispatcher/dispatcher.js');
// As the index does.
Dispatcher.prototype.request = require('undici/lib/api/api-request.js');

/** For handlers that were given no dispatcher, which ours are. */
export function getGlobalDispatcher(): never {
  throw new TypeError('The bundles have no global dispatcher.');
}
