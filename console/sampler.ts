import { setTimeout as wait } from 'node:timers/promises';
import type { Health, Stats } from '../lib/insight/types.ts';
import { KEPT_MS, type Sample, type Samples, sampleOf } from './samples.ts';

/** What is sampled: the cache itself, or the API through its client. */
export interface Sampled {
  stats(): Promise<Stats>;
  health(): Promise<Health>;
}

/** Options of {@link Sampler}. */
export interface SamplerOptions {
  /** Pause between samples, ms. @default 2000 */
  readonly everyMs?: number | undefined;
  /** @default Date.now */
  readonly nowMs?: () => number;
}

/** Reads statistics and health again and again, and keeps the figures of the last 15 minutes, so that a page that was just opened can show them. */
export class Sampler {
  readonly #sampled: Sampled;
  readonly #everyMs: number;
  readonly #nowMs: () => number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #samples: Sample[] = [];
  #latest: Pick<Samples, 'stats' | 'health' | 'problem'> = { stats: null, health: null };

  constructor(sampled: Sampled, { everyMs = 2000, nowMs = Date.now }: SamplerOptions = {}) {
    this.#sampled = sampled;
    this.#everyMs = everyMs;
    this.#nowMs = nowMs;
  }

  /** Takes samples from now on, the first at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Takes no more, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Takes one sample; what cannot be read is said in the answer of {@link Sampler.read}. */
  async sample(): Promise<void> {
    const [stats, health] = await Promise.allSettled([this.#measure(), this.#sampled.health()]);
    const at = this.#nowMs();
    this.#latest = {
      stats: stats.status === 'fulfilled' ? { at, value: stats.value } : this.#latest.stats,
      health: health.status === 'fulfilled' ? { at, value: health.value } : this.#latest.health,
      ...(stats.status === 'rejected' && { problem: messageOf(stats.reason) }),
    };
    this.#samples = this.#samples.filter((sample) => sample.at > at - KEPT_MS);
  }

  /** The samples taken after a moment, ms since the epoch, and the latest of everything. */
  read(after = 0): Samples {
    const samples = this.#samples.filter(({ at }) => at > after);
    return { now: this.#nowMs(), everyMs: this.#everyMs, samples, ...this.#latest };
  }

  async #measure(): Promise<Stats> {
    const stats = await this.#sampled.stats();
    try {
      this.#samples.push(sampleOf(this.#nowMs(), stats));
    } catch (cause) {
      // Somebody else's JSON: the address is wrong.
      throw new Error('What answers /stats is not this API.', { cause });
    }
    return stats;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.sample();
      await wait(this.#everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
