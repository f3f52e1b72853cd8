import { setTimeout as wait } from 'node:timers/promises';
import type { Stats } from '../../lib/insight/types.ts';
import type { ApiClient } from './api-client.ts';
import { readStats } from './drained.ts';

const LOOK_EVERY_MS = 250;
/** Lag beyond the window that is no reason to rest, and lag beyond it from which on the rest is longest. */
const NOT_LATE_MS = 250;
const VERY_LATE_MS = 1000;
const LONGEST_REST_MS = 250;
/** Until something has been stored nobody knows how fast that goes. */
const FIRST_REST_MS = 50;

/**
 * Keeps a writer that knows no other limit than the machine from taking the flush's share of it: the later the oldest item,
 * the longer the writer rests before each request. The rest is short enough for the writer to get on in any case.
 */
export class Pace {
  readonly #api: ApiClient;
  readonly #windowMs: number;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  #restMs = FIRST_REST_MS;
  #storedAtFirst: number | undefined;
  #rested = 0;

  constructor(api: ApiClient, windowSeconds: number) {
    this.#api = api;
    this.#windowMs = windowSeconds * 1000;
    this.#looking = this.#look();
    // `stop` throws it; the writer goes on meanwhile.
    this.#looking.catch(() => this.#stop.abort());
  }

  /** Rests of all requests together, ms. */
  get restedMs(): number {
    return this.#rested;
  }

  /** Resolves when the next request may be made. */
  async turn(): Promise<void> {
    if (this.#restMs < 1) return;
    this.#rested += this.#restMs;
    await wait(this.#restMs);
  }

  /** Ends it; throws what reading the statistics threw. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#judge(await readStats(this.#api));
      await wait(LOOK_EVERY_MS, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  #judge({ oldestLagMs, itemsStored }: Stats): void {
    this.#storedAtFirst ??= itemsStored;
    if (itemsStored === this.#storedAtFirst) return;
    const late = (oldestLagMs - this.#windowMs - NOT_LATE_MS) / (VERY_LATE_MS - NOT_LATE_MS);
    this.#restMs = LONGEST_REST_MS * Math.min(1, Math.max(0, late));
  }
}
