import type { Consistency } from '../insight/types.ts';
import type { JsonObject } from '../model/json.ts';

/** Letters on one page unless asked otherwise, and at most. */
export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 100;
/** Ids that can be named at once, and failures that are listed. */
export const MAX_NAMED = 100;

/** A message that was given up. */
export interface DeadLetter {
  /** Id that SQS gave it; stays the same until it is redriven or discarded. */
  readonly id: string;
  /** `collection/id` of the item; left out where the message is no signal. */
  readonly key?: string;
  readonly reason: string;
  /** How often the message was received before; for one that SQS moved, as SQS counts it. */
  readonly receiveCount: number;
  /** ISO 8601; for one that SQS moved, when it took it. */
  readonly failedAt: string;
}

/** Some dead letters, the oldest failure first. */
export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** Continues after the last one; left out on the last page. */
  readonly cursor?: string;
  /** Whether all were looked at: else there are more than could be, or somebody else looked at the same time. */
  readonly complete: boolean;
}

/**
 * What a redrive would lead to. `stores`: the table has nothing newer. `nothing`: the table has this version or a newer one.
 * `lost`: neither the message nor the cache has the value. `refused`: the message is no signal, or of the
 * future, and would be a dead letter again.
 */
export type RedriveForecast = 'stores' | 'nothing' | 'lost' | 'refused';

/** One dead letter with what it carries, beside the item as it is now. */
export interface DeadLetterDetail extends DeadLetter {
  /** What the message says; left out where it is no signal. */
  readonly signal?: {
    /** µs since the epoch */
    readonly version: number;
    /** `null`: deleted. Left out where the message carries no value. */
    readonly value?: JsonObject | null;
    readonly actor?: string;
    readonly comment?: string;
  };
  /** Text of a message that is no signal. */
  readonly text?: string;
  /** Cache and database side by side; left out where the message names no item. */
  readonly item?: Consistency;
  readonly redrive: RedriveForecast;
}

/** Which dead letters: those with these ids (1 to 100), or all. */
export type DeadLetterSelection =
  | { readonly ids: readonly string[]; readonly all?: never }
  | { readonly all: true; readonly ids?: never };

/** Who gives a write up, and why. */
export interface DiscardReason {
  /** 1 to 256 characters, as of a write. */
  readonly actor: string;
  /** 1 byte to 1 KiB of UTF-8. */
  readonly comment: string;
  /** Identity that was verified, such as an ARN. @default none */
  readonly caller?: string;
}

/** What a redrive or a discard did. */
export interface DeadLetterOutcome {
  /** Dead letters that are gone from the queue. */
  readonly done: number;
  /** At most 100. `not there`: somebody dealt with it already, or there never was one. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  /** Whether all were looked at: else call again. */
  readonly complete: boolean;
}

/** How long to look. */
export interface LookOptions {
  /** For so long, ms. @default 20,000 */
  readonly deadlineMs?: number;
}

/** Which page. */
export interface PageOptions extends LookOptions {
  /** Letters on the page, 1–100. @default 50 */
  readonly limit?: number;
  /** Cursor of the page before. @default the first page */
  readonly cursor?: string;
}
