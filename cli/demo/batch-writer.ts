import { setTimeout as wait } from 'node:timers/promises';
import { Latencies } from '../../bench/load/latencies.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { DemoError } from './errors.ts';
import type { ReplayOperation } from './operations.ts';

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
}

interface BatchAnswer {
  readonly results?: readonly { readonly status: number; readonly problem?: Problem }[];
}

const GIVE_UP_AFTER_MS = 60_000;
/** Where no answer came, or one without `Retry-After`. */
const RETRY_AFTER_SECONDS = 1;

/** Writes through the API until everything is acknowledged, and measures each request. */
export class BatchWriter {
  readonly #api: ApiClient;
  /** Each answered request, whatever the answer. */
  readonly latencies = new Latencies();
  /** Requests beyond the first for the same operations. */
  retries = 0;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /**
   * Sends a batch at `cache` level and returns when every operation is acknowledged.
   *
   * After a failed operation, all later ones of its key are sent again too: a put that succeeded behind the failed one
   * would otherwise be overwritten by its retry. A repeated put changes nothing, and a repeated patch has its idempotency
   * key, so it counts once.
   *
   * @throws {DemoError} the API refuses an operation, or has not taken it for 60 s
   */
  async write(operations: readonly ReplayOperation[]): Promise<void> {
    let pending = operations;
    await this.#untilAccepted(async () => {
      const answer = await this.#api.call<BatchAnswer>('POST', '/batch', { operations: pending }, LEVEL_CACHE);
      this.latencies.add(answer.ms);
      const { results } = answer.body;
      if (!results) return refusal('POST /batch', answer, answer.body as Problem);
      let first: Refusal | undefined;
      const failedKeys = new Set<string>();
      pending = pending.filter(({ key }, index) => {
        const { status = 0, problem = {} } = results[index] ?? {};
        if (status >= 300 || status < 200) {
          const failure = refusal(key, { status, retryAfterSeconds: problem.retryAfterSeconds }, problem);
          failedKeys.add(key);
          first ??= failure;
        }
        return failedKeys.has(key);
      });
      return first;
    });
  }

  /** Puts one item and returns when it is acknowledged; throws as `write` does. */
  async put(path: string, value: unknown, level: 'cache' | 'database'): Promise<void> {
    await this.#untilAccepted(async () => {
      const answer = await this.#api.call('PUT', path, { value }, { 'write-durability': level });
      this.latencies.add(answer.ms);
      return answer.status < 300 ? undefined : refusal(path, answer, answer.body as Problem);
    });
  }

  async #untilAccepted(attempt: () => Promise<Refusal | undefined>): Promise<void> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      const refused = await attempt().catch(unanswered);
      if (!refused) return;
      const seconds = refused.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
      if (performance.now() + seconds * 1000 > giveUpAt) throw refused.error;
      this.retries += 1;
      await wait(seconds * 1000);
    }
  }
}

const LEVEL_CACHE = { 'write-durability': 'cache' };

/** An answer that asks for another try later. */
interface Refusal {
  readonly retryAfterSeconds: number | undefined;
  /** What to throw when patience ends. */
  readonly error: Error;
}

/** @throws {DemoError} another try would be refused as well */
function refusal(
  what: string,
  { status, retryAfterSeconds }: Pick<Answer, 'status' | 'retryAfterSeconds'>,
  { title, detail }: Problem,
): Refusal {
  const error = new DemoError(`${what} was answered ${status}: ${title ?? 'no reason'}. ${detail ?? ''}`.trimEnd());
  if (status !== 429 && status !== 503) throw error;
  return { retryAfterSeconds, error };
}

/** Without an answer the outcome is unknown; the idempotency keys make another try safe. */
function unanswered(error: unknown): Refusal {
  if (error instanceof DemoError || !(error instanceof Error && 'code' in error)) throw error;
  return { retryAfterSeconds: undefined, error };
}
