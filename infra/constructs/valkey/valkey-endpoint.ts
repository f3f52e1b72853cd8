/**
 * A choice of Valkey: one of your own.
 *
 * @module write-behind/constructs/valkey/valkey-endpoint
 */
import type { Construct } from 'constructs';
import { ConfigurationError } from '../../../lib/errors.ts';
import type { Valkey, ValkeyChoice } from './valkey.ts';

/** Props of {@link ValkeyEndpoint}. */
export interface ValkeyEndpointProps {
  /**
   * `rediss://` for TLS, or `redis://`; with `?cluster=true` for a cluster. A user name and a password in it would be
   * readable to everyone who may see the functions' configuration.
   */
  readonly url: string;
}

/**
 * A Valkey of one's own, made elsewhere. It must keep `maxmemory-policy volatile-lru` (or `noeviction`), and the functions
 * must be able to reach it: give the cache construct the VPC it lives in, and allow its functions' `connections` there.
 *
 * @example
 * new WriteBehindCache(this, 'Cache', { valkey: new ValkeyEndpoint({ url: 'rediss://valkey.example.com:6379' }) });
 */
export class ValkeyEndpoint implements ValkeyChoice {
  readonly needsVpc = false;
  readonly #url: string;

  /** @throws {ConfigurationError} the URL is not one of Valkey */
  constructor({ url }: ValkeyEndpointProps) {
    if (!/^rediss?:\/\/./.test(url)) {
      throw new ConfigurationError(`valkey.url: ${url} is not a redis:// or rediss:// URL`, { setting: 'valkey.url' });
    }
    this.#url = url;
  }

  bind(_scope: Construct): Valkey {
    return { url: this.#url, grantConnect: () => undefined };
  }
}
