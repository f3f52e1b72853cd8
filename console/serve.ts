import { WriteBehindClient } from '../client/index.ts';
import type { Sign } from '../client/send.ts';
import { problem, send } from '../local/exchange.ts';
import { startLoopbackServer } from '../local/loopback-server.ts';
import { createConsole } from './console.ts';
import { refusal } from './guard.ts';
import { passOn } from './pass-on.ts';
import { Sampler } from './sampler.ts';

/** Options of {@link serveConsole}. */
export interface ServeConsoleOptions {
  /** Address of the API; a deployed one's ends with its stage. */
  readonly url: string;
  /** Signs each request to the API, such as `sigV4()`. @default nobody */
  readonly sign?: Sign | undefined;
  /** Port on 127.0.0.1; 0 for any. @default 0 */
  readonly port?: number | undefined;
  /** Pause between samples, ms; each calls `/stats` and `/health` once. @default 5000 */
  readonly everyMs?: number | undefined;
}

/** A running console. */
export interface ServedConsole {
  /** `http://127.0.0.1:PORT/console` */
  readonly url: string;
  /** Takes no more samples and requests, and waits for those under way. */
  close(): Promise<void>;
}

/**
 * Serves the console of an API that runs elsewhere, on 127.0.0.1: the page, and beside it the API's routes, passed on and signed. Whoever
 * can reach the port acts with the rights of the signer; pages of other sites cannot, other users of this machine can.
 *
 * @throws where the port is taken, or the URL is none
 * @example
 * const { url, close } = await serveConsole({ url: apiUrl, sign: sigV4({ region, credentials }), port: 3001 });
 */
export async function serveConsole(options: ServeConsoleOptions): Promise<ServedConsole> {
  const api = { url: new URL(options.url).href.replace(/\/+$/, ''), sign: options.sign };
  // A sample that failed is followed by the next one soon enough.
  const client = new WriteBehindClient({ url: api.url, retries: 0, ...(api.sign && { sign: api.sign }) });
  const sampler = new Sampler(client, { everyMs: options.everyMs ?? 5000 });
  const page = createConsole(sampler);
  const server = await startLoopbackServer(options.port ?? 0, async (request, response) => {
    const shown = page(request, response);
    if (shown) return shown;
    const refused = refusal(request);
    try {
      await send(response, refused ? problem(403, 'cross-site', 'Refused', refused) : await passOn(request, api));
    } catch {
      // The connection was cut: there is nobody left to answer.
      response.destroy();
    }
  });
  sampler.start();
  return {
    url: `${server.url}/console`,
    close: async () => {
      await Promise.all([sampler.stop(), server.close()]);
    },
  };
}
