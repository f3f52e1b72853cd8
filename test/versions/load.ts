import { expect } from 'vitest';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { type System, until } from '../support/system.ts';

/** Collections of the load: `audited` needs the setting. */
export const LOAD_SETTINGS = { collections: { audited: { audited: true }, listed: { listable: true } } };

const CLIENTS = 8;
/** Without one it is the default. */
const LEVELS = [{ durability: 'cache' }, { durability: 'queue' }, { durability: 'database' }, {}] as const;
const COUNTERS = 24;

/** Which instances are at work; asked anew for each operation and each batch of messages. */
export interface AtWork {
  writer(): WriteBehind;
  flusher(): WriteBehind;
  /** Delivers messages. @default those of the system's queue to the flusher */
  deliver?(): Promise<unknown>;
}

/**
 * Clients that write without a pause, while messages are delivered; and what they were promised. Increments count each write, puts have an
 * order, retries under an idempotency key must not count, and audited items remember each change.
 */
export class Load {
  static #runs = 0;
  /** No two loads meet on an item. */
  readonly #run = ++Load.#runs;
  readonly #system: System;
  readonly #atWork: AtWork;
  readonly #counts = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #listed = new Set<string>();
  readonly #changes = new Map<string, number[]>();
  readonly #rate: { readonly pauseMs: number };
  /** Writes that were acknowledged. */
  written = 0;
  /** Of each client. */
  readonly #turns: number[] = [];
  #ending = false;

  constructor(system: System, atWork: AtWork, rate = { pauseMs: 0 }) {
    this.#system = system;
    this.#atWork = atWork;
    this.#rate = rate;
  }

  /** Writes and delivers while `work` runs, and until `least` writes are acknowledged. No write may fail. */
  async during(work: () => Promise<void>, least = 0): Promise<void> {
    this.#ending = false;
    const delivering = this.#deliver();
    const writing = Promise.all(Array.from({ length: CLIENTS }, (_, client) => this.#client(client)));
    try {
      // A write that fails ends it at once.
      await Promise.race([work(), writing.then(() => undefined)]);
      await Promise.race([until('enough is written', () => this.written >= least), writing]);
    } finally {
      this.#ending = true;
      await Promise.allSettled([writing, delivering]);
    }
    await writing;
    await delivering;
  }

  /** Delivers what is left, and compares everything with what was acknowledged, as `stored` shows it. */
  async judge(cache: WriteBehind, stored: System['stored'] = this.#system.stored): Promise<void> {
    await this.#system.deliverAll(cache);
    expect(await cache.flush()).toMatchObject({ failed: 0, remaining: 0 });
    await this.#system.deliverAll(cache);
    const found = async (keys: Iterable<string>) =>
      Object.fromEntries(await Promise.all([...keys].map(async (key) => [key, (await stored(key))?.n])));
    expect(await found(this.#counts.keys())).toEqual(Object.fromEntries(this.#counts));
    expect(await found(this.#last.keys())).toEqual(Object.fromEntries(this.#last));
    const sides = await Promise.all(
      [...this.#counts.keys(), ...this.#last.keys()].map((key) => cache.consistency(key)),
    );
    expect(sides.filter(({ consistent }) => !consistent)).toEqual([]);
    for (const [key, versions] of this.#changes)
      expect(await historyOf(cache, key)).toEqual(versions.toSorted((a, b) => a - b));
    const listed = await listOf(cache);
    expect([...this.#listed].filter((key) => !listed.has(key))).toEqual([]);
    expect(await this.#system.receive('dead')).toEqual([]);
    expect(await cache.stats()).toMatchObject({ knownLost: 0, failed: 0, dirtyItems: 0, parkedItems: 0 });
  }

  async #client(client: number): Promise<void> {
    while (!this.#ending) {
      const n = (this.#turns[client] ?? 0) + 1;
      this.#turns[client] = n;
      await this.#write(client, n);
      this.written += 1;
      if (this.#rate.pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#rate.pauseMs));
    }
  }

  async #write(client: number, n: number): Promise<void> {
    const level = LEVELS[n % LEVELS.length]!;
    const writer = () => this.#atWork.writer();
    switch (n % 5) {
      case 0: {
        // A client that heard nothing asks again, perhaps another instance.
        const key = `twice/${this.#run}-${client}`;
        const once = {
          op: 'patch',
          key,
          add: { n: 1 },
          ...level,
          idempotencyKey: `${this.#run}-${client}-${n}`,
        } as const;
        const { version } = await writer().execute(once);
        expect(await writer().execute(once)).toMatchObject({ version });
        this.#count(key);
        return;
      }
      case 1: {
        const key = `audited/${this.#run}-${client}`;
        const { version } = await writer().execute({ op: 'patch', key, add: { n: 1 }, ...level });
        this.#changes.set(key, [...(this.#changes.get(key) ?? []), version]);
        this.#count(key);
        return;
      }
      case 2: {
        const key = `last/${this.#run}-${client}-${n % 3}`;
        await writer().execute({ op: 'put', key, value: { n }, ...level });
        expect((await writer().get(key))?.value).toEqual({ n });
        this.#last.set(key, n);
        return;
      }
      default: {
        // All clients meet on these.
        const key = `counter/${this.#run}-${(client + n) % COUNTERS}`;
        await writer().execute({ op: 'patch', key, add: { n: 1 }, ...level });
        this.#count(key);
        if (n % 25 === 3) this.#listed.add((await writer().append('listed', { n }, level)).key);
      }
    }
  }

  #count(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  async #deliver(): Promise<void> {
    while (!this.#ending) {
      await (this.#atWork.deliver?.() ?? this.#system.deliver(this.#atWork.flusher()));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

async function historyOf(cache: WriteBehind, key: string): Promise<number[]> {
  const versions: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await cache.history(key, { limit: 1000, ...(cursor && { cursor }) });
    versions.push(...page.history.map(({ version }) => version));
    cursor = page.cursor;
  } while (cursor);
  return versions.toReversed();
}

async function listOf(cache: WriteBehind): Promise<Set<string>> {
  const keys = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await cache.list('listed', { limit: 100, ...(cursor && { cursor }) });
    for (const { key } of page.items) keys.add(key);
    cursor = page.cursor;
  } while (cursor);
  return keys;
}
