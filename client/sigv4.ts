/**
 * Signatures for an API with IAM authentication, as a deployed one has.
 *
 * @module write-behind/client/sigv4
 */
import { type BinaryLike, createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Outgoing, Sign } from './send.ts';

/** Whose signature it is, and for which region. */
export interface SigV4Options {
  /** Region of the API, such as `eu-central-1`. */
  readonly region: string;
  /** The caller's, or who gives them; fetched again before they expire. */
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

/**
 * Signs requests for an API with IAM authentication (Signature Version 4).
 *
 * @example
 * import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
 * const sign = sigV4({ region: 'eu-central-1', credentials: fromNodeProviderChain() });
 * const api = new WriteBehindClient({ url, sign });
 */
export function sigV4({ region, credentials }: SigV4Options): Sign {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (request: Outgoing) => {
    const { protocol, hostname, port, host, pathname, searchParams } = new URL(request.url);
    const { headers } = await signer.sign({
      method: request.method,
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { ...request.headers, host },
      body: request.body,
    });
    // The connection's own; `fetch` sets it.
    const { host: _, ...signed } = headers;
    return { ...request, headers: signed };
  };
}

/** SHA-256 in the form that the signer takes. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as BinaryLike);
  }

  update(data: unknown): void {
    this.#hash.update(data as BinaryLike);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('A digest is made once.');
  }
}
