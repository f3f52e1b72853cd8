import { createRequire } from 'node:module';

/**
 * What the bundles have instead of `node:http`. An ES module that imports it makes Node read everything that it exports, `WebSocket` among
 * it, and so load its HTTP client for `fetch`, which nothing here uses: a tenth of a cold start.
 */
const http: typeof import('node:http') = createRequire(import.meta.url)('node:http');

export default http;
export const { Agent, request, STATUS_CODES, maxHeaderSize } = http;
