import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import type { Config, Durability } from '../config.ts';
import type { FlushPath } from '../flush/flush-path.ts';
import type { Clock } from '../model/clock.ts';
import { checkKey } from '../model/key.ts';
import type { GetOperation, Operation, Outcome } from '../model/operation.ts';
import { dedupIdOf, encodeSignal, groupOf } from '../queue/signal.ts';
import type { SqsQueue } from '../queue/sqs-queue.ts';
import type { ReadPath } from '../read/read-path.ts';
import { levelNotMet, queueFailure } from './failures.ts';
import { ItemWriter, type Written } from './item-writer.ts';
import { checkCollection } from './prepare.ts';

/** The writes of one key, in order, each with its place in the batch. */
interface Chain {
  readonly key: string;
  readonly written: (Written & { readonly index: number })[];
}

/** Writes to the cache, then does what each write's level asks for before it is acknowledged. */
export class WritePath {
  readonly #cache: Cache;
  readonly #readPath: ReadPath;
  readonly #writer: ItemWriter;
  readonly #flushPath: FlushPath;
  readonly #queue: SqsQueue;
  readonly #config: Config;

  constructor(cache: Cache, readPath: ReadPath, flushPath: FlushPath, queue: SqsQueue, config: Config, clock: Clock) {
    this.#cache = cache;
    this.#readPath = readPath;
    this.#writer = new ItemWriter(cache, readPath, config, clock);
    this.#flushPath = flushPath;
    this.#queue = queue;
    this.#config = config;
  }

  /**
   * Applies operations: those on one key in order, keys beside each other. One outcome per operation, in order; one that
   * fails never fails the others.
   */
  async apply(operations: readonly Operation[]): Promise<Outcome[]> {
    const startedAt = performance.now();
    const outcomes: Outcome[] = [];
    const indexed = operations.map((operation, index) => ({ operation, index }));
    const chains = await Promise.all(
      [...Map.groupBy(indexed, ({ operation }) => operation.key)].map(async ([key, own]) => {
        const chain: Chain = { key, written: [] };
        for (const { operation, index } of own) {
          try {
            if (operation.op === 'get') outcomes[index] = await this.#get(operation);
            else chain.written.push({ index, ...(await this.#writer.write(operation, chain.written.at(-1))) });
          } catch (error) {
            outcomes[index] = { kind: 'failed', key, error: error as Error };
          }
        }
        return chain;
      }),
    );
    const stored = await this.#writeThrough(chains, outcomes);
    await Promise.all(chains.map((chain) => this.#signal(chain, outcomes, stored.has(chain))));
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

  async #get({ key }: GetOperation): Promise<Outcome> {
    checkCollection(checkKey(key).collection, this.#config);
    return { kind: 'read', key, item: await this.#readPath.get(key) };
  }

  /** Stores the keys of which a write asks for `database`; returns the chains that the store has. */
  async #writeThrough(chains: readonly Chain[], outcomes: Outcome[]): Promise<ReadonlySet<Chain>> {
    const through = chains.filter(({ written }) => written.some(({ request }) => request.level === 'database'));
    const { results } = await this.#flushPath.flush(
      through.map(({ key, written }) => ({ key, version: newest(written).version, image: newest(written).image })),
    );
    const stored = new Set<Chain>();
    for (const [position, chain] of through.entries()) {
      const result = results[position]!;
      if (result.kind !== 'failed') stored.add(chain);
      else fail(chain, outcomes, 'database', () => levelNotMet('DynamoDB did not take the item.', true, result.error));
    }
    return stored;
  }

  /**
   * One message for all writes of a key; it carries the value if one of them is acknowledged by it. Also after a
   * write-through: the entry may hold the mark of an outstanding signal.
   */
  async #signal(chain: Chain, outcomes: Outcome[], stored: boolean): Promise<void> {
    const { key, written } = chain;
    if (!written.some(({ signal }) => signal)) return;
    const { version, image } = newest(written);
    const byMessage = !stored && written.some(({ request }) => request.level === 'queue');
    const signal = { key, version, ...(byMessage && { image }) };
    try {
      await this.#queue.send({ body: encodeSignal(signal), groupId: groupOf(key), dedupId: dedupIdOf(signal) });
    } catch (error) {
      if (byMessage) fail(chain, outcomes, 'queue', ({ inCache }) => queueFailure(error, inCache));
      if (written.some(({ inCache }) => inCache)) await this.#unmark(key);
    }
  }

  /** Without the mark cleared the entry is the sweep's: nothing is lost, it only waits longer. */
  async #unmark(key: string): Promise<void> {
    try {
      await this.#cache.unmark(key);
    } catch (error) {
      if (!isValkeyAway(error)) throw error;
    }
  }
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
