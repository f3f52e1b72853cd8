import type { IncomingMessage } from 'node:http';

/** This machine, as an address bar names it. Any port: it may be forwarded. */
const THIS_MACHINE = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Why a request is not answered, or `undefined`. The console acts with the rights of whoever started it and asks nobody who he is, so
 * pages of other sites must not reach it through his browser: neither directly, which `Sec-Fetch-Site` and `Origin` tell, nor
 * under a name of theirs that they let point to this machine (DNS rebinding), which `Host` tells.
 */
export function refusal({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!THIS_MACHINE.test(host)) return 'The console answers to localhost and 127.0.0.1 only.';
  // `none`: a person typed the address or followed a bookmark.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'Another site led here. Type the address of the console into the address bar.';
  }
  if (origin !== undefined && origin !== `http://${host}`) return 'Another site sent this request.';
  return undefined;
}
