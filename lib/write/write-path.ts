import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import type { Config } from '../config.ts';
import type { FlushPath } from '../flush/flush-path.ts';
import type { FlushResult } from '../flush/flushed.ts';
import { type Change, changeOf } from '../history/change.ts';
import { nextAppendId } from '../model/append-id.ts';
import type { Clock } from '../model/clock.ts';
import type { Image } from '../model/image.ts';
import type { JsonObject } from '../model/json.ts';
import type { Acknowledgement, GetOperation, Operation, Outcome, WriteOptions } from '../model/operation.ts';
import { MAX_BODY_BYTES } from '../queue/message-rules.ts';
import { encodeSignal, type Signal } from '../queue/signal.ts';
import type { ReadPath } from '../read/read-path.ts';
import type { Durability } from '../settings.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { levelNotMet, queueFailure } from './failures.ts';
import { ItemWriter, type Written } from './item-writer.ts';
import { checkIdempotencyKey, checkItemKey } from './prepare.ts';
import type { Signaller } from './signaller.ts';
import { tracedWrite } from './traced-write.ts';

/** The writes of one key, in order, each with its place in the batch. */
interface Chain {
  readonly key: string;
  readonly written: (Written & { readonly index: number })[];
}

/** What became of the chains that were written through, but for those that failed. */
type StoredChains = ReadonlyMap<Chain, FlushResult['kind']>;

const NOTHING_STORED: StoredChains = new Map();

/** Writes to the cache, then does what each write's level asks for before it is acknowledged. */
export class WritePath {
  readonly #cache: Cache;
  readonly #readPath: ReadPath;
  readonly #writer: ItemWriter;
  readonly #flushPath: FlushPath;
  readonly #signaller: Signaller;
  readonly #config: Config;
  readonly #tracing: Tracing | undefined;

  constructor(
    cache: Cache,
    readPath: ReadPath,
    flushPath: FlushPath,
    signaller: Signaller,
    config: Config,
    clock: Clock,
    tracing?: Tracing,
  ) {
    this.#cache = cache;
    this.#readPath = readPath;
    this.#writer = new ItemWriter(cache, readPath, config, clock);
    this.#flushPath = flushPath;
    this.#signaller = signaller;
    this.#config = config;
    this.#tracing = tracing;
  }

  /**
   * Applies operations: those on one key in order, keys beside each other. One outcome per operation, in order; one that
   * fails never fails the others.
   */
  apply(operations: readonly Operation[]): Promise<Outcome[]> {
    if (!this.#tracing) return this.#apply(operations);
    return tracedWrite(this.#tracing, operations, () => this.#apply(operations));
  }

  async #apply(operations: readonly Operation[]): Promise<Outcome[]> {
    const startedAt = performance.now();
    const outcomes: Outcome[] = [];
    const chains = await this.#write(operations, outcomes);
    const through = chains.filter(({ written }) => written.some(({ request }) => request.level === 'database'));
    const stored = through.length > 0 ? await this.#writeThrough(through, outcomes) : NOTHING_STORED;
    const signalling = chains.filter((chain) => needsSignal(chain, stored.get(chain)));
    if (signalling.length > 0) {
      await Promise.all(signalling.map((chain) => this.#signal(chain, outcomes, stored.get(chain))));
    }
    for (const { written } of chains) {
      for (const { index, request, version, image } of written) {
        outcomes[index] ??= {
          kind: 'written',
          acknowledgement: {
            key: request.key,
            version,
            durability: request.level,
            ...(request.change.op === 'patch' && { value: image.value }),
          },
        };
      }
    }
    const ms = performance.now() - startedAt;
    for (const outcome of outcomes) {
      if (outcome.kind === 'written') this.#cache.observations.duration('write', ms);
    }
    return outcomes;
  }

  async #write(operations: readonly Operation[], outcomes: Outcome[]): Promise<Chain[]> {
    const indexed = operations.map((operation, index) => ({ operation, index }));
    // Most requests have one, which needs neither groups nor a wait for all of them.
    if (indexed.length === 1) return [await this.#writeChain(indexed[0]!.operation.key, indexed, outcomes)];
    const groups = Map.groupBy(indexed, ({ operation }) => operation.key);
    return Promise.all([...groups].map(([key, own]) => this.#writeChain(key, own, outcomes)));
  }

  async #writeChain(
    key: string,
    own: readonly { readonly operation: Operation; readonly index: number }[],
    outcomes: Outcome[],
  ): Promise<Chain> {
    const chain: Chain = { key, written: [] };
    for (const { operation, index } of own) {
      try {
        if (operation.op === 'get') outcomes[index] = await this.#get(operation);
        else chain.written.push(Object.assign(await this.#writer.write(operation, chain.written.at(-1)), { index }));
      } catch (error) {
        outcomes[index] = { kind: 'failed', key, error: error as Error };
      }
    }
    return chain;
  }

  /** Puts an item under a new id; under an idempotency key it is the id of the first attempt. */
  async append(collection: string, value: JsonObject, options: WriteOptions): Promise<Acknowledgement> {
    const id = await this.#appendId(collection, options.idempotencyKey);
    const [outcome] = await this.apply([{ op: 'put', key: `${collection}/${id}`, value, isNew: true, ...options }]);
    if (outcome?.kind === 'written') return outcome.acknowledgement;
    throw (outcome as Outcome & { kind: 'failed' }).error;
  }

  async #appendId(collection: string, idempotencyKey: string | undefined): Promise<string> {
    const proposed = nextAppendId();
    if (idempotencyKey === undefined) return proposed;
    checkIdempotencyKey(idempotencyKey);
    try {
      return await this.#cache.appendId(collection, idempotencyKey, proposed);
    } catch (error) {
      // Nothing was written yet, whatever became of the question.
      throw isValkeyAway(error) ? levelNotMet('Valkey cannot be reached.', false, error) : error;
    }
  }

  async #get({ key }: GetOperation): Promise<Outcome> {
    checkItemKey(key, this.#config);
    return { kind: 'read', key, item: await this.#readPath.get(key) };
  }

  /** Stores keys of which a write asks for `database`; returns the chains that the store has, and what became of them. */
  async #writeThrough(through: readonly Chain[], outcomes: Outcome[]): Promise<StoredChains> {
    const header = this.#tracing?.header();
    const { results } = await this.#flushPath.flush(
      through.map(({ key, written }) => {
        const { version, image } = newest(written);
        return { key, version, image, changes: changesOf(written), ...(header && { traceHeaders: [header] }) };
      }),
    );
    const stored = new Map<Chain, FlushResult['kind']>();
    for (const [position, chain] of through.entries()) {
      const result = results[position]!;
      if (result.kind !== 'failed') stored.set(chain, result.kind);
      else
        fail(chain, outcomes, 'database', () => levelNotMet('The database did not take the item.', true, result.error));
    }
    return stored;
  }

  /** One message for all writes of a key; it carries the value if one of them is acknowledged by it. */
  async #signal(chain: Chain, outcomes: Outcome[], stored: FlushResult['kind'] | undefined): Promise<void> {
    const { written } = chain;
    const byMessage = !stored && written.some(({ request }) => request.level === 'queue');
    const marked = written.some(({ inCache }) => inCache);
    // An entry that does not know what was stored is wrong until its signal comes: it may not get lost with this instance.
    const awaited = byMessage || stored === 'unsettled';
    const sending = this.#signaller.send(signalsOf(chain, byMessage), marked, awaited);
    if (!awaited) return this.#signaller.leaveBehind(sending);
    const error = await sending;
    if (error && byMessage) fail(chain, outcomes, 'queue', ({ inCache }) => queueFailure(error, inCache));
  }
}

/** Also after a write-through: the entry may hold the mark of an outstanding signal, and what Valkey could not be told is settled by a flush. */
function needsSignal({ written }: Chain, stored: FlushResult['kind'] | undefined): boolean {
  return stored === 'unsettled' || written.some(({ signal }) => signal);
}

/** One signal, or, where the changes for the history do not fit into one message, one for each write. */
function signalsOf({ key, written }: Chain, byMessage: boolean): Signal[] {
  const { version, image } = newest(written);
  if (!byMessage) return [{ key, version }];
  const signalOf = (version: number, image: Image, writes: readonly Written[]): Signal => {
    const changes = changesOf(writes);
    const pastCache = !writes.at(-1)!.inCache;
    return { key, version, image, ...(pastCache && { pastCache }), ...(changes.length > 0 && { changes }) };
  };
  const one = signalOf(version, image, written);
  const fits = !one.changes || Buffer.byteLength(encodeSignal(one)) <= MAX_BODY_BYTES;
  return fits ? [one] : written.map((write) => signalOf(write.version, write.image, [write]));
}

function changesOf(writes: readonly Written[]): Change[] {
  const audited = writes.filter(({ request }) => request.audited);
  return audited.map((write) => changeOf(write.request, write.version, write.image));
}

function newest(written: readonly Written[]): Written {
  return written.reduce((a, b) => (b.version > a.version ? b : a));
}

function fail(
  { key, written }: Chain,
  outcomes: Outcome[],
  level: Durability,
  errorOf: (write: Written) => Error,
): void {
  for (const write of written) {
    if (write.request.level === level) outcomes[write.index] = { kind: 'failed', key, error: errorOf(write) };
  }
}
