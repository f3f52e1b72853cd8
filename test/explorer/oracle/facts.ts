import type { PlannedWrite } from '../history/plan.ts';
import type { Content } from './content.ts';

/** A write that took place: in Valkey, or, while that was away, straight in the queue. */
export interface Execution {
  /** The step of the schedule. */
  readonly at: number;
  readonly version: number;
  readonly straight: boolean;
  /** What the item was after it; of a put and a delete it follows from the write. */
  readonly content?: Content;
}

/** All that is known of a write. */
export interface WriteFacts extends PlannedWrite {
  readonly executions: Execution[];
  /** When each attempt began and, if it did, ended. */
  readonly attempts: { readonly began: number; ended: number | undefined }[];
  /** The answer that its client got. */
  acknowledged?: { readonly at: number; readonly version: number };
  /** Version that its condition named. */
  seen?: number;
}

/** A write that took place. */
export interface Happened {
  readonly write: WriteFacts;
  readonly execution: Execution;
}

/** A time at which Valkey lost data: all of it, or what it got since a snapshot. */
export interface Forgetting {
  readonly at: number;
  /** What was there at that time is there again; `-1` for nothing. */
  readonly back: number;
}

/** A message as it was sent; `deleted` is when it went, `Infinity` while it is there. */
export interface SentMessage {
  readonly queue: 'queue' | 'dead';
  readonly key: string;
  readonly version: number;
  readonly content: Content | undefined;
  readonly at: number;
  deleted: number;
}

/** A read and what it answered. */
export interface ReadFacts {
  readonly client: string;
  readonly key: string;
  readonly began: number;
  readonly at: number;
  readonly version: number;
  /** Whether there was an item; else the version is 0. */
  readonly found: boolean;
}

/** What happened in one schedule, as it was seen from outside of the product: by the steps, and by the answers that clients got. */
export class Facts {
  /** The step of the schedule that runs. */
  at = 0;
  /** Faults so far. */
  faults = 0;
  readonly writes = new Map<number, WriteFacts>();
  readonly forgettings: Forgetting[] = [];
  readonly settled: { readonly at: number; readonly key: string; readonly version: number }[] = [];
  readonly stored: { readonly at: number; readonly key: string; readonly content: Content }[] = [];
  readonly messages = new Map<string, SentMessage>();
  readonly lost: { readonly key: string; readonly version: number }[] = [];
  readonly reads: ReadFacts[] = [];
  /** Steps at which a command to Valkey failed for its caller. */
  readonly valkeyTrouble: number[] = [];
  /** The same of requests to the queue. */
  readonly queueTrouble: number[] = [];

  /** A write begins, perhaps again. */
  began(write: PlannedWrite, seen: number | undefined): { readonly began: number; ended: number | undefined } {
    const known = this.writes.get(write.id) ?? { ...write, executions: [], attempts: [] };
    if (seen !== undefined) known.seen = seen;
    const attempt = { began: this.at, ended: undefined };
    known.attempts.push(attempt);
    this.writes.set(write.id, known);
    return attempt;
  }

  /** A write took place. */
  executed(id: number, version: number, straight: boolean, content: Content | undefined): void {
    this.writes.get(id)!.executions.push({ at: this.at, version, straight, ...(content && { content }) });
  }

  /** A client got his answer. */
  acknowledged(id: number, version: number): void {
    const write = this.writes.get(id)!;
    write.acknowledged ??= { at: this.at, version };
    // While Valkey is away nothing but the acknowledgement tells of a write whose message carries a later one.
    if (!write.executions.some((execution) => execution.version === version)) {
      this.executed(id, version, true, undefined);
    }
  }

  /** The version that the table has of an item. */
  storedVersion(key: string): number {
    return this.stored.findLast((stored) => stored.key === key)?.content.version ?? 0;
  }

  /** Writes of a key that took place, each as often as it did. */
  executionsOf(key: string): Happened[] {
    return [...this.writes.values()]
      .filter((write) => write.key === key)
      .flatMap((write) => write.executions.map((execution) => ({ write, execution })));
  }

  /** Whether Valkey forgot what happened at `since`, by the time `until`. */
  forgot(since: number, until: number): boolean {
    return this.forgettings.some(({ at, back }) => since < at && at < until && back < since);
  }
}
