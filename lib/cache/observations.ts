/** Histograms that the shards keep: `write` and `lag` per write and stored item, `batch` per flushed batch. */
export type Histogram = 'write' | 'lag' | 'batch';

const STEPS_PER_OCTAVE = 4;
/** 2^25 ms is nine hours. */
const LAST_BUCKET = 25 * STEPS_PER_OCTAVE;

/** Bucket of a duration: the bounds grow by a quarter octave, about 19 %. */
export function bucketOf(ms: number): number {
  return Math.min(LAST_BUCKET, Math.max(0, Math.ceil(Math.log2(Math.max(ms, 1)) * STEPS_PER_OCTAVE)));
}

/** Upper bound of a bucket, ms. */
export function upperBoundMs(bucket: number): number {
  return 2 ** (bucket / STEPS_PER_OCTAVE);
}

/** Name of the counter that holds a bucket of a histogram. */
export function bucketCounter(histogram: Histogram, bucket: number): string {
  return `${histogram}Ms:${bucket}`;
}

const PAUSE_MS = 20;

/**
 * What an instance has measured and not yet reported. Counters go along with the next script, durations every 20 ms, to whichever shard that is:
 * readers add the shards up, and no measurement costs a round trip of its own.
 */
export class Observations {
  #pending = new Map<string, number>();
  #sentAt = -Infinity;
  #isUrgent = false;

  /** Adds a duration to a histogram. */
  duration(histogram: Histogram, ms: number): void {
    this.#add(bucketCounter(histogram, bucketOf(ms)), 1);
  }

  /** Adds to a counter. */
  count(counter: string, by: number): void {
    this.#isUrgent = true;
    this.#add(counter, by);
  }

  /**
   * Hands everything to a script, as arguments: counter, number, … What the script does not count is kept for the next one.
   *
   * @param counted whether a script with this reply has counted it
   */
  async sendAlong<T>(script: (args: string[]) => Promise<T>, counted: (reply: T) => boolean): Promise<T> {
    const now = performance.now();
    if (!this.#isUrgent && now - this.#sentAt < PAUSE_MS) return script([]);
    this.#sentAt = now;
    this.#isUrgent = false;
    const taken = this.#pending;
    this.#pending = new Map();
    let done = false;
    try {
      const reply = await script([...taken].flatMap(([counter, by]) => [counter, String(by)]));
      done = counted(reply);
      return reply;
    } finally {
      // After a cut connection it may be counted twice: better than failures that nobody hears of.
      if (!done) for (const [counter, by] of taken) this.count(counter, by);
    }
  }

  #add(counter: string, by: number): void {
    this.#pending.set(counter, (this.#pending.get(counter) ?? 0) + by);
  }
}
