import { FlushPausedError, InvalidInputError, NoFlushSwitchError } from '../errors.ts';
import type { FlushSwitch } from './flush-switch.ts';
import type { DrainRate, FlushingRecord, FlushingRecordState, Pause } from './flushing-record.ts';

/** Whether and how fast flushing goes on. */
export interface FlushingState extends FlushingRecordState {
  /** The setting `flushRatePerSecond`; `null`: no limit. */
  readonly limitPerSecond: number | null;
}

/** What came of {@link Flushing.pause}. */
export interface PauseReport extends FlushingState {
  readonly paused: Pause;
  /** Whether signals are held by now; else they soon are, which asking again tells. Batches under way are flushed to their end. */
  readonly held: boolean;
}

/** Who pauses, and why. */
export interface PauseOptions {
  /** 1–100 characters. */
  readonly actor?: string;
  /** 1–200 characters. */
  readonly reason?: string;
}

/** How to go on. */
export interface ResumeOptions {
  /** Items a second, 1–100,000, of those that wait since before the resume. @default no limit */
  readonly itemsPerSecond?: number;
}

/** Hears that somebody paused or resumed. */
export interface FlushingReport {
  /** Flushing was paused; not told of a repeat. */
  paused(pause: Pause): void;
  /** `pause`: what ended; `drain`: how fast. */
  resumed(pause: Pause | null, drain: DrainRate | null): void;
}

/** Says nothing. */
export const silentFlushingReport: FlushingReport = { paused: () => undefined, resumed: () => undefined };

/** What {@link Flushing} works with. */
export interface FlushingParts {
  readonly record: FlushingRecord;
  /** @default none: flushing is paused and resumed elsewhere, and here only seen */
  readonly flushSwitch?: FlushSwitch | undefined;
  /** The setting. */
  readonly flushRatePerSecond?: number | undefined;
  readonly report?: FlushingReport | undefined;
  /** ms since the epoch. */
  readonly nowMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

const NOT_PAUSED: FlushingRecordState = { paused: null, drain: null };
const MOST_PER_SECOND = 100_000;
/** How old the record may be for the rates, ms: an instance that flushes asks SQS this often. */
const RECENT_MS = 10_000;
/** So long after its begin a pause has outlived what any instance knew before it, the batches included that were under way. */
const FORGOTTEN_MS = RECENT_MS + 5000;

/**
 * Pauses and resumes flushing. Writes go on meanwhile until `maxDirtyItems`; what is acknowledged at `database` level is stored all the
 * same. The record comes first and stays last: whatever fails in between, {@link Flushing.keep} holds signals for as long as it says paused.
 */
export class Flushing {
  readonly #parts: FlushingParts;
  #known = NOT_PAUSED;
  #knownAtMs = -Infinity;
  #reading: Promise<FlushingRecordState> | undefined;

  constructor(parts: FlushingParts) {
    this.#parts = parts;
  }

  /** @throws {QueueUnavailableError} {@link QueueThrottledError} */
  async state(): Promise<FlushingState> {
    this.#known = await this.#parts.record.read();
    this.#knownAtMs = this.#parts.nowMs();
    return { ...this.#known, limitPerSecond: this.#parts.flushRatePerSecond ?? null };
  }

  /** What was known last, where SQS does not say: flushing must not end with SQS. Never rejects. */
  async lastKnown(): Promise<FlushingRecordState> {
    return this.state().catch(() => this.#known);
  }

  /** As {@link Flushing.lastKnown}, up to 10 s old: a flush must not ask SQS for each batch. */
  async recent(): Promise<FlushingRecordState> {
    const { nowMs } = this.#parts;
    if (nowMs() - this.#knownAtMs < RECENT_MS) return this.#known;
    this.#reading ??= this.lastKnown().finally(() => {
      // Also where SQS does not answer.
      this.#knownAtMs = nowMs();
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @throws {FlushPausedError} flushing is paused */
  async refuseWhilePaused(): Promise<void> {
    const { paused } = await this.lastKnown();
    if (paused) throw new FlushPausedError(paused);
  }

  /**
   * Holds signals in the queue, and keeps sweep and flush-now from storing. Harmless to repeat: who paused first, and why, stays.
   *
   * @throws {InvalidInputError} actor or reason is at fault
   * @throws {NoFlushSwitchError} this process cannot
   * @throws {FlushSwitchUnavailableError} {@link QueueUnavailableError} {@link QueueThrottledError} ask again
   */
  async pause({ actor, reason }: PauseOptions = {}): Promise<PauseReport> {
    const flushSwitch = this.#switch();
    const { record, nowMs, report } = this.#parts;
    const before = await this.state();
    const since = new Date(nowMs()).toISOString();
    const paused = before.paused ?? { since, ...(actor && { actor }), ...(reason && { reason }) };
    if (!before.paused) {
      await record.writePause(paused);
      report?.paused(paused);
    }
    return { ...before, paused, held: await flushSwitch.set(false) };
  }

  /**
   * Lets signals through again. Harmless to repeat; a repeat changes the rate, which is in force everywhere within 10 s. With a rate it takes
   * up to 15 s where flushing was paused only just before: no instance may go by what it knew then.
   *
   * @throws {InvalidInputError} the rate is at fault
   * @throws as {@link Flushing.pause}
   */
  async resume({ itemsPerSecond }: ResumeOptions = {}): Promise<FlushingState> {
    if (itemsPerSecond !== undefined && !(itemsPerSecond >= 1 && itemsPerSecond <= MOST_PER_SECOND)) {
      throw new InvalidInputError(`Must be 1 to ${MOST_PER_SECOND}.`, 'itemsPerSecond');
    }
    const flushSwitch = this.#switch();
    const { record, nowMs, wait, report } = this.#parts;
    const { paused, drain: before } = await this.state();
    const drain = itemsPerSecond === undefined ? null : { since: new Date(nowMs()).toISOString(), itemsPerSecond };
    // Before the first signal is let through.
    await record.writeDrain(drain);
    const tooEarlyMs = paused && drain ? Date.parse(paused.since) + FORGOTTEN_MS - nowMs() : 0;
    // No more than that, whatever the clock says of who paused.
    if (tooEarlyMs > 0) await wait(Math.min(tooEarlyMs, FORGOTTEN_MS));
    await flushSwitch.set(true);
    if (paused) await record.clearPause();
    if (paused || drain || before) report?.resumed(paused, drain);
    return this.state();
  }

  /**
   * Holds signals where they are let through although flushing is paused: a deployment, or somebody else, did that. What is held without
   * a pause is left as it is.
   */
  async keep(): Promise<FlushingState> {
    const state = await this.state();
    if (state.paused) await this.#switch().set(false);
    return state;
  }

  #switch(): FlushSwitch {
    const { flushSwitch } = this.#parts;
    if (!flushSwitch) throw new NoFlushSwitchError();
    return flushSwitch;
  }
}
