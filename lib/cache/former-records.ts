import { Keys } from './keys.ts';
import type { Layout } from './layout.ts';
import { decodeWriteReply, type WriteReply } from './replies.ts';
import type { Valkey } from './valkey.ts';

/** Clocks of instances differ. */
const SKEW_MS = 60_000;

/** Idempotency keys of requests that were answered where the items were before they moved. Every method throws as `Valkey.run` does. */
export class FormerRecords {
  readonly #valkey: Valkey;
  readonly #layout: Layout;
  readonly #recordMs: number;

  constructor(valkey: Valkey, layout: Layout, recordMs: number) {
    this.#valkey = valkey;
    this.#layout = layout;
    this.#recordMs = recordMs;
  }

  /** The answer to a request that was made before; what it wrote is stored, because nothing moves before it is. */
  async replay(
    key: string,
    idempotency: { readonly key: string; readonly fingerprint: string },
  ): Promise<WriteReply | undefined> {
    const keys = this.#keys;
    if (!keys) return undefined;
    const record = await this.#valkey.run((client) => client.hgetall(keys.idempotency(key, idempotency.key)));
    if (record.fingerprint === undefined) return undefined;
    if (record.fingerprint !== idempotency.fingerprint) return { kind: 'conflict' };
    return decodeWriteReply(['replay', record.version, 0, Object.entries(record).flat()]);
  }

  /** The id of an append that was made before. */
  async appendId(collection: string, idempotencyKey: string): Promise<string | undefined> {
    const keys = this.#keys;
    if (!keys) return undefined;
    const id = await this.#valkey.run((client) => client.get(keys.idempotency(`${collection}/`, idempotencyKey)));
    return id ?? undefined;
  }

  /** Names at the former place, for as long as a record may be there. */
  get #keys(): Keys | undefined {
    const { former } = this.#layout.record;
    if (!former || Date.now() - former.movedAtMs > this.#recordMs + SKEW_MS) return undefined;
    const keys = new Keys(former.shards);
    keys.use(former);
    return keys;
  }
}
