import { type FaultTimes, FORGETS } from './faults.ts';
import type { Change, TableItem, Values, Write } from './record.ts';
import { apply, countsTwice, reachable, same } from './values.ts';
import type { Column, Finding } from './verdict.ts';

const NOTHING: TableItem = { version: 0, deleted: true, value: {} };
/** So many writes of unknown outcome between two acknowledged ones are tried in every order. */
const MAX_UNKNOWN = 5;
/** What a client has given up may still be under way to Valkey for so long. */
const LATEST_EFFECT_MS = 10_000;

/** Judges the writes of one key. */
export class KeyJudge {
  readonly findings: Finding[] = [];
  lostWithValkey = false;
  patchedWithout = 0;
  undetermined = 0;
  readonly #key: string;
  readonly #faults: FaultTimes;
  /** Acknowledged, by version. */
  readonly #acknowledged: readonly Write[];
  /** May have taken effect at a version that nobody was told. */
  readonly #unknown: readonly Write[];

  constructor(key: string, writes: readonly Write[], faults: FaultTimes) {
    this.#key = key;
    this.#faults = faults;
    this.#acknowledged = writes.filter((w) => w.outcome === 'acknowledged').sort((a, b) => a.version - b.version);
    // What was forgotten of a first attempt makes the retry another write: the record of the Idempotency-Key went too.
    const forgotten = (w: Write) => faults.any(['loss', 'rollback', 'memory'], w.sentAt, w.endedAt);
    this.#unknown = writes.flatMap((w) => {
      if (w.outcome === 'unknown') return [w];
      return w.outcome === 'acknowledged' && w.attempts > 1 && forgotten(w) ? Array(w.attempts - 1).fill(w) : [];
    });
  }

  judge(item: TableItem = NOTHING): void {
    this.#order();
    this.#final(item);
    this.#chain();
  }

  #found(column: Column, what: string): void {
    this.findings.push({ column, key: this.#key, what });
  }

  /** What was acknowledged before another write was sent has the lower version, and no two have the same. */
  #order(): void {
    let latest: Write | undefined;
    for (const write of this.#acknowledged.toReversed()) {
      // `latest`: the one of higher version that was acknowledged first. It must not have been before this one was sent.
      if (latest && latest.endedAt < write.sentAt && !this.#excused(latest, write)) {
        this.#found('reordered', `write ${latest.n} has a higher version than write ${write.n}, which came after it`);
      }
      if (!latest || write.endedAt < latest.endedAt) latest = write;
    }
    for (const [i, write] of this.#acknowledged.entries()) {
      if (write.version === this.#acknowledged[i + 1]?.version && !this.#excused(write, this.#acknowledged[i + 1]!)) {
        this.#found('reordered', `writes ${write.n} and ${this.#acknowledged[i + 1]!.n} have the same version`);
      }
    }
  }

  /** Order is by clock where a write went past Valkey, or Valkey forgot between the two. */
  #excused(one: Write, other: Write): boolean {
    const from = Math.min(one.sentAt, other.sentAt);
    const to = Math.max(one.endedAt, other.endedAt);
    return (
      this.#faults.any(FORGETS, from, to) ||
      [one, other].some((write) => this.#faults.any(['away'], write.sentAt, write.endedAt))
    );
  }

  /** What the table holds at the end is the newest acknowledged write, or a newer one of unknown outcome. */
  #final(item: TableItem): void {
    const missing = this.#acknowledged.filter(({ version }) => version > item.version);
    for (const write of missing) {
      if (write.level === 'cache' && this.#faults.any(FORGETS, write.sentAt, Infinity)) this.lostWithValkey = true;
      else {
        const column = write.change.op === 'delete' && !item.deleted ? 'resurrected' : 'lost';
        this.#found(
          column,
          `write ${write.n} (${write.level}), version ${write.version}; the table has ${item.version}`,
        );
      }
    }
    const winners = this.#acknowledged.filter(({ version }) => version === item.version);
    if (winners.some((winner) => holds(item, winner))) return;
    const other = this.#writerOf(item);
    // Where Valkey forgot, the clock may give a version again.
    const given = winners.find((winner) => !other || !this.#excused(winner, other));
    if (given || (!other && item.version > 0)) {
      this.#found('foreign', `the table has ${JSON.stringify(item)}${given ? `, write ${given.n} left another` : ''}`);
    }
  }

  /** The write of unknown outcome that left this. */
  #writerOf(item: TableItem): Write | undefined {
    if (item.deleted) return this.#unknown.find(({ change }) => change.op === 'delete');
    return this.#unknown.find(
      ({ n, change }) => n === item.value.w && (change.op === 'patch' || same(apply(change, {}), item.value)),
    );
  }

  /** Each patch starts from what the write before it left: so each increment counts exactly once. */
  #chain(): void {
    let before: Write | undefined;
    for (const write of this.#acknowledged) {
      if (write.change.op === 'patch') this.#link(before, write, write.change);
      before = write;
    }
  }

  #link(before: Write | undefined, write: Write, change: Change): void {
    const start = before ? left(before) : {};
    const after = write.value ?? {};
    if (same(apply(change, start), after)) return;
    // By clock, what is before may have come after.
    const from = Math.min(before?.sentAt ?? 0, write.sentAt);
    const to = Math.max(before?.endedAt ?? 0, write.endedAt);
    const maybe = this.#unknown.filter((w) => w.sentAt < to && w.endedAt + LATEST_EFFECT_MS > from);
    if (maybe.length > MAX_UNKNOWN) {
      this.undetermined += 1;
      return;
    }
    if (
      reachable(
        start,
        maybe.map((w) => w.change),
        change,
        after,
      )
    )
      return;
    const forgot = this.#faults.any(FORGETS, from, to);
    // A patch needs what is cached: it never goes past Valkey.
    const passed = before && before.change.op !== 'patch' && this.#faults.any(['away'], before.sentAt, before.endedAt);
    if (forgot || passed) {
      this.patchedWithout += 1;
      if (before?.level === 'cache' && forgot) this.lostWithValkey = true;
      return;
    }
    const column = countsTwice(change, start, after) ? 'doubleCounted' : 'lost';
    this.#found(
      column,
      `write ${write.n} left ${JSON.stringify(after)}, write ${before?.n} before it ${JSON.stringify(start)}`,
    );
  }
}

function left(write: Write): Values {
  return write.change.op === 'patch' ? (write.value ?? {}) : apply(write.change, {});
}

function holds(item: TableItem, write: Write): boolean {
  return write.change.op === 'delete' ? item.deleted : !item.deleted && same(left(write), item.value);
}
