import * as z from 'zod';
import { CacheDamagedError, NoRoomError } from '../errors.ts';
import type { Keys } from './keys.ts';
import { isValkeyAway, type Valkey } from './valkey.ts';

const place = z.object({
  /** 1 at first; each reshaping makes another, named after its time (s since the epoch), whose keys have names of their own. */
  generation: z.int().min(1),
  /** How many shards the items are spread over. */
  shards: z.int().min(1),
});
const layoutRecord = place.extend({
  /** The items are about to move: until then (ms since the epoch), unless whoever moves them gives up or dies. */
  movingUntilMs: z.number().optional(),
  /** Where the items were before, and when they moved (ms since the epoch). */
  former: place.extend({ movedAtMs: z.number() }).optional(),
});

/** Where the items are. */
export type Place = z.output<typeof place>;
/** What Valkey says about where the items are. */
export type LayoutRecord = z.output<typeof layoutRecord>;

/** What was read is relied upon for so long; whoever moves the items waits for longer between announcing it and doing it. */
export const LAYOUT_LIFE_MS = 1000;
const NEVER = { monotonic: -Infinity, wall: -Infinity };
/** Created items are looked for at their former place, too, until the table's index has surely got them. */
const FORMER_LISTS_MS = 120_000;

/**
 * Which number of shards counts: the one that Valkey remembers. The setting says with which an empty Valkey begins. So instances whose
 * settings differ agree, and a change of the setting alone changes nothing but `/health`. (Decision 0031.)
 */
export class Layout {
  readonly #valkey: Valkey;
  readonly #keys: Keys;
  readonly #wished: number;
  #record: LayoutRecord;
  #text = '';
  #readAt = NEVER;
  #reading: Promise<void> | undefined;
  #follows = false;

  constructor(valkey: Valkey, keys: Keys, shards: number) {
    this.#valkey = valkey;
    this.#keys = keys;
    this.#wished = shards;
    this.#record = { generation: 1, shards };
  }

  /** What is known. */
  get record(): LayoutRecord {
    return this.#record;
  }

  /** From now on asks Valkey. An instance that has not heard from it asks before it uses any other key. */
  async follow(): Promise<void> {
    this.#follows = true;
    try {
      await this.read();
    } catch (error) {
      if (!isValkeyAway(error)) throw error;
    }
  }

  /** Reads what counts now; where there is nothing, it is the setting from now on. Throws as `Valkey.run` does. */
  async read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /**
   * Does something with the keys of an item, and does it again if they turn out to have moved. What was read a moment ago is relied
   * upon; else it is read beside the step, which costs no time of its own.
   *
   * @param counts whether an answer counts wherever it came from: a write that was taken, was taken where it counts
   */
  async at<T>(step: () => Promise<T>, counts: (reply: T) => boolean = () => false): Promise<T> {
    if (this.#isFresh) return step();
    if (this.#readAt === NEVER) await this.read();
    for (;;) {
      const { generation, shards, movingUntilMs } = this.#record;
      // While the items move each step asks for itself: what another one is being told may be too old already.
      const reading = movingUntilMs === undefined ? this.read() : this.#read();
      // What cannot be read now is no news; the step says itself that Valkey is away.
      const [reply] = await Promise.all([step(), reading.catch(() => undefined)]);
      if (counts(reply)) return reply;
      const isNews = movingUntilMs === undefined && this.#record.movingUntilMs !== undefined;
      if (isNews) await this.#read().catch(() => undefined);
      // Again only elsewhere: where it was made it may have taken a lease, which is given once.
      if (this.#record.generation === generation && this.#record.shards === shards) return reply;
    }
  }

  /** Reads again unless that was a moment ago. */
  async refresh(): Promise<void> {
    if (!this.#isFresh) await this.read();
  }

  /**
   * Whether a write of an item may be made again because its shard was closed while the items move, or was left closed by a mover that
   * died. Throws as `Valkey.script` does.
   *
   * @param askedShard name of the shard that has no version left
   */
  async mayHaveMoved(key: string, askedShard: string): Promise<boolean> {
    if (!this.#follows) return false;
    await this.read();
    const { shard } = this.#keys.of(key).shard;
    if (shard !== askedShard || this.#record.movingUntilMs !== undefined) return true;
    return (await this.#valkey.script('gate', [shard], ['reopen', Date.now()])) !== '';
  }

  /** Replaces what Valkey says, if it is still what was read. Throws as `Valkey.script` does. */
  async replace(record: LayoutRecord): Promise<boolean> {
    const text = JSON.stringify(record);
    const replaced = (await this.#valkey.script('exchange', [this.#keys.layout], [this.#text, text])) === 1;
    this.#readAt = NEVER;
    await this.read();
    return replaced;
  }

  get #isFresh(): boolean {
    if (!this.#follows) return true;
    // A function that was frozen may not know it by one of the two clocks.
    const age = Math.max(performance.now() - this.#readAt.monotonic, Math.abs(Date.now() - this.#readAt.wall));
    return this.#record.movingUntilMs === undefined && age < LAYOUT_LIFE_MS;
  }

  async #read(): Promise<void> {
    // Not when the answer comes: it may be old then.
    const askedAt = { monotonic: performance.now(), wall: Date.now() };
    this.#learn(await this.#ask());
    const { movingUntilMs, ...still } = this.#record;
    if (movingUntilMs !== undefined && movingUntilMs < Date.now()) {
      // Whoever wanted to move the items has died, or finds out by this that he has to give up.
      await this.#valkey.script('exchange', [this.#keys.layout], [this.#text, JSON.stringify(still)]);
      this.#learn(await this.#ask());
    }
    this.#readAt = askedAt;
  }

  async #ask(): Promise<string> {
    const { layout } = this.#keys;
    const ask = () => this.#valkey.run((client) => client.get(layout));
    const known = await ask();
    if (known !== null) return known;
    const first = JSON.stringify({ generation: 1, shards: this.#wished } satisfies LayoutRecord);
    try {
      await this.#valkey.run((client) => client.set(layout, first, 'NX'));
    } catch (error) {
      // A full Valkey remembers nothing new, and has to be drained all the same. It is told again by whoever asks next.
      if (!(error instanceof NoRoomError)) throw error;
    }
    return (await ask()) ?? first;
  }

  #learn(text: string): void {
    if (text !== this.#text) this.#record = decode(text);
    this.#text = text;
    const { former } = this.#record;
    const lists = former && Date.now() - former.movedAtMs < FORMER_LISTS_MS ? former : undefined;
    this.#keys.use(this.#record, lists);
  }
}

function decode(text: string): LayoutRecord {
  try {
    return layoutRecord.parse(JSON.parse(text));
  } catch (cause) {
    throw new CacheDamagedError('Valkey does not say how many shards it has: somebody changed it.', {}, { cause });
  }
}
