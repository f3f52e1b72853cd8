import type { Cache } from '../cache/cache.ts';
import type { ClaimReply } from '../cache/replies.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import type { Recorder } from '../history/recorder.ts';
import { isAppend } from '../model/append-id.ts';
import type { Image } from '../model/image.ts';
import type { Put, PutAnswers, Store, Stored } from '../store/store.ts';
import type { OpenSpan, SpanName, Tracing } from '../tracing/tracing.ts';
import type { Flushed, FlushItem, FlushResult } from './flushed.ts';
import type { Admit } from './pacer.ts';
import { publicReason } from './public-reason.ts';

/** What to store. */
interface Claim extends Put {
  /** Since when it waits, ms since the epoch. */
  readonly since: number;
}

interface Flushing {
  readonly item: FlushItem;
  readonly claim: Claim | null;
  readonly cacheAway: boolean;
  /** The newest version of the messages that the claimed state was patched without. */
  readonly overlooked?: number | undefined;
  /** Whether Valkey has changes that the history may not have. */
  readonly logged: boolean;
  readonly result: FlushResult;
  /** What the store is known to hold, once it answered. */
  readonly stored?: Stored;
  /** How the store was asked, if it was: with others to put, or by a request of its own. */
  readonly asked?: 'put' | 'alone';
}

const STORED: FlushResult = { kind: 'stored' };

/**
 * Claim, record, store, settle: the one way from the cache to the store. Messages, the sweep, flush-now and write-through all
 * take it. Each step is one round for all items; no item waits for another item's failure. What is stored is in the history.
 * How many requests it takes to store them is the store's business.
 */
export class FlushPath {
  readonly #cache: Cache;
  readonly #store: Store;
  readonly #recorder: Recorder;
  readonly #ttlSecondsOf: (key: string) => number;
  readonly #nowMs: () => number;
  readonly #tracing: Tracing | undefined;

  constructor(
    cache: Cache,
    store: Store,
    recorder: Recorder,
    ttlSecondsOf: (key: string) => number,
    nowMs: () => number,
    tracing?: Tracing,
  ) {
    this.#cache = cache;
    this.#store = store;
    this.#recorder = recorder;
    this.#ttlSecondsOf = ttlSecondsOf;
    this.#nowMs = nowMs;
    this.#tracing = tracing;
  }

  /**
   * Flushes items with distinct keys. Never rejects for an item.
   *
   * @param admit lets what was claimed go on when its turn has come; without it all goes on at once
   */
  async flush(items: readonly FlushItem[], admit?: Admit): Promise<Flushed> {
    const spans = this.#tracing && spansOf(items, this.#tracing);
    /** A round of all items; of those whose trace is followed it is a step. */
    const round = <T>(name: SpanName, all: readonly T[], step: (each: T) => Promise<Flushing>) =>
      Promise.all(all.map((each, index) => spans?.[index]?.run(name, () => step(each)) ?? step(each)));
    const asking = await round('claim', items, (item) => this.#claim(item));
    const claimed = admit ? await admitted(asking, admit) : asking;
    const recorded = await round('record', claimed, (flushing) => this.#record(flushing));
    const putting = this.#store.putMany(putsOf(recorded));
    const stored = await round('store', recorded, (flushing) => this.#put(flushing, putting));
    const settled = await round('settle', stored, (flushing) => this.#settle(flushing));
    if (spans) endSpans(spans, settled);
    return {
      results: await Promise.all(settled.map((flushing) => this.#counted(flushing))),
      overlooked: claimed.flatMap(({ item: { key }, overlooked: version }) => (version ? [{ key, version }] : [])),
      asked: settled.filter(({ asked }) => asked).length,
      databaseCalls: (await putting).requests + settled.filter(({ asked }) => asked === 'alone').length,
    };
  }

  async #claim(item: FlushItem): Promise<Flushing> {
    const { key, version, image, sent = [] } = item;
    const wanted = version === undefined ? undefined : { version, hasValue: image?.version === version, sent };
    let reply: ClaimReply;
    try {
      reply = await this.#cache.claim(key, wanted);
    } catch (error) {
      if (!isValkeyAway(error) || !image) {
        return { item, claim: null, cacheAway: true, logged: false, result: failed(error, image) };
      }
      // What the message carries is safe to store without the cache: the store's condition keeps newer states. It does not
      // answer for a newer version that only the cache has.
      const result = image.version === version ? unsettled(error) : failed(error, image);
      return { item, claim: waiting(image), cacheAway: true, logged: false, result };
    }
    switch (reply.kind) {
      case 'claimed': {
        const { entry } = reply;
        const since = reply.since ?? entry.version / 1000;
        const isNew = entry.persisted === 0 && isAppend(key, entry.version);
        const over = entry.shape === undefined ? undefined : { version: entry.persisted, shape: entry.shape };
        const claim = { image: entry, since, isNew, over };
        return { item, claim, cacheAway: false, overlooked: reply.lost, logged: reply.logged, result: STORED };
      }
      case 'image':
        return { item, claim: waiting(image!), cacheAway: false, logged: reply.logged, result: STORED };
      case 'unknown': {
        const claim = image ? waiting(image) : null;
        return { item, claim, cacheAway: false, logged: reply.logged, result: { kind: 'lost' } };
      }
      case 'clean':
        return { item, claim: null, cacheAway: false, logged: false, result: { kind: 'clean' } };
      case 'skip':
        return { item, claim: null, cacheAway: false, overlooked: reply.lost, logged: false, result: STORED };
    }
  }

  async #record(flushing: Flushing): Promise<Flushing> {
    const { item, claim, logged, result } = flushing;
    if (result.kind === 'deferred') return flushing;
    try {
      await this.#recorder.record(item.key, logged ? claim?.image.version : undefined, item.changes ?? []);
      return flushing;
    } catch (error) {
      return { ...flushing, claim: null, asked: 'alone', result: failed(error, claim?.image) };
    }
  }

  async #put(flushing: Flushing, putting: Promise<PutAnswers>): Promise<Flushing> {
    const { item, claim, result } = flushing;
    if (!claim && result.kind !== 'lost') return flushing;
    const asked = claim ? 'put' : 'alone';
    try {
      // Without a value only the store can tell whether the version was stored before the cache forgot it.
      const stored = claim
        ? (await putting).answers.get(item.key)!
        : { version: (await this.#store.get(item.key))?.version ?? 0, written: false };
      if (stored instanceof Error) throw stored;
      const lost = result.kind === 'lost' && stored.version < item.version!;
      const kept = result.kind !== 'lost' || lost;
      return { ...flushing, stored, asked, result: kept ? result : STORED };
    } catch (error) {
      return { ...flushing, asked, result: failed(error, claim?.image) };
    }
  }

  async #settle(flushing: Flushing): Promise<Flushing> {
    const { item, claim, cacheAway, stored } = flushing;
    if (!stored?.version || cacheAway) return flushing;
    const now = this.#nowMs();
    const superseded = claim && stored.version > claim.image.version;
    const how = stored.written ? 'stored' : superseded ? 'superseded' : 'seen';
    if (claim && how === 'stored') this.#cache.observations.duration('lag', Math.max(0, now - claim.since));
    try {
      await this.#cache.settle(item.key, stored, how, this.#ttlSecondsOf(item.key), now);
      return flushing;
    } catch (error) {
      return { ...flushing, result: unsettled(error) };
    }
  }

  async #counted(flushing: Flushing): Promise<FlushResult> {
    const { item, result } = flushing;
    if (result.kind === 'lost') await this.#count(item.key, 'knownLost');
    if (result.kind === 'failed') {
      await Promise.all([this.#count(item.key, 'failed'), this.#remember(item.key, result.error)]);
    }
    return result;
  }

  /** For people to see: what Valkey does not take is left out. Of what failed, the report tells, and the counter. */
  async #remember(key: string, error: Error): Promise<void> {
    const at = new Date(this.#nowMs()).toISOString();
    await this.#cache.recentFailures.add({ key, reason: publicReason(error), at }).catch(() => undefined);
  }

  /** A counter that Valkey does not take, whatever it says, must not fail the other items; it goes along with a later script. */
  async #count(key: string, counter: string): Promise<void> {
    try {
      await this.#cache.count(key, counter);
    } catch {
      this.#cache.observations.count(counter, 1);
    }
  }
}

/** What only Valkey's absence, or nothing, lets be stored has no turn to wait for. */
async function admitted(asking: readonly Flushing[], admit: Admit): Promise<Flushing[]> {
  const waiting = asking.filter(({ claim, cacheAway }) => claim && !cacheAway);
  const seconds = await admit(waiting.map(({ item: { urgent }, claim }) => ({ since: claim!.since, urgent })));
  const later = new Map(waiting.map((flushing, index) => [flushing, seconds[index]!]));
  return asking.map((flushing) => {
    const afterSeconds = later.get(flushing) ?? 0;
    return afterSeconds > 0 ? { ...flushing, claim: null, result: { kind: 'deferred', afterSeconds } } : flushing;
  });
}

function spansOf(items: readonly FlushItem[], tracing: Tracing): (OpenSpan | undefined)[] | undefined {
  const spans = items.map(({ key, version, traceHeaders }) =>
    traceHeaders ? tracing.follow(traceHeaders, { key, ...(version !== undefined && { asked: version }) }) : undefined,
  );
  return spans.some(Boolean) ? spans : undefined;
}

function endSpans(spans: readonly (OpenSpan | undefined)[], flushings: readonly Flushing[]): void {
  for (const [index, span] of spans.entries()) {
    if (!span) continue;
    const { claim, result, asked, stored } = flushings[index]!;
    span.set({
      result: result.kind,
      // Greater than what was asked for where later writes are in it: they have been coalesced.
      ...(claim && { version: claim.image.version }),
      ...(asked && { store: asked }),
      ...(stored && { written: stored.written }),
    });
    if ('error' in result) span.fail(result.error);
    span.end();
  }
}

function failed(error: unknown, image: Image | undefined): FlushResult {
  return { kind: 'failed', error: error as Error, ...(image && { image }) };
}

function unsettled(error: unknown): FlushResult {
  return { kind: 'unsettled', error: error as Error };
}

/** A message's image waits since it was written. */
function waiting(image: Image): Claim {
  return { image, since: image.version / 1000, isNew: false };
}

function putsOf(flushings: readonly Flushing[]): Map<string, Put> {
  return new Map(flushings.flatMap(({ item, claim }) => (claim ? [[item.key, claim]] : [])));
}
