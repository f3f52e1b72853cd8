/** Places of the counters. */
const CALLS = 0;
const ITEMS = 1;
const COUNTERS_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
const FAILURE_BYTES = 2 * Float64Array.BYTES_PER_ELEMENT;

/**
 * What all threads together ask of the table, and when it is to fail. The numbers stand in shared memory: the threads send each other
 * nothing.
 */
export class Gauge {
  /** To be handed to other threads. */
  readonly memory: SharedArrayBuffer;
  readonly #counts: Int32Array;
  /** From when until when the store fails, ms since the epoch. */
  readonly #failure: Float64Array;

  /** @param memory that of another thread's gauge; default: its own */
  constructor(memory = new SharedArrayBuffer(COUNTERS_BYTES + FAILURE_BYTES)) {
    this.memory = memory;
    this.#counts = new Int32Array(memory, 0, 2);
    this.#failure = new Float64Array(memory, COUNTERS_BYTES, 2);
  }

  /** Counts a request. */
  countCall(): void {
    Atomics.add(this.#counts, CALLS, 1);
  }

  /** Counts items that were written. */
  countItems(count: number): void {
    Atomics.add(this.#counts, ITEMS, count);
  }

  /** Requests so far. */
  get calls(): number {
    return Atomics.load(this.#counts, CALLS);
  }

  /** Items written so far. */
  get items(): number {
    return Atomics.load(this.#counts, ITEMS);
  }

  /** Lets every request fail in a span, ms since the epoch. */
  fail(fromMs: number, untilMs: number): void {
    this.#failure.set([fromMs, untilMs]);
  }

  /** Whether a request that is made now is to fail. */
  failsNow(): boolean {
    const [from = 0, until = 0] = this.#failure;
    const now = Date.now();
    return now >= from && now < until;
  }
}
