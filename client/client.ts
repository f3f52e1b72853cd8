import type { FlushingState, PauseOptions, PauseReport, ResumeOptions } from '../lib/flush/flushing.ts';
import type { HistoryPage } from '../lib/history/history-reader.ts';
import type { Consistency, DrainReport, Health, Stats } from '../lib/insight/types.ts';
import type { ItemPage } from '../lib/listing/list-reader.ts';
import type { JsonObject } from '../lib/model/json.ts';
import type { Acknowledgement, Author, Changes, Item } from '../lib/model/operation.ts';
import type { Durability } from '../lib/settings.ts';
import { retryAfterSecondsOf, sendBatch } from './batch.ts';
import { DeadLetters } from './dead-letters.ts';
import { ApiError, orNull } from './errors.ts';
import { itemPath, segment } from './paths.ts';
import { Sender, type SendOptions } from './send.ts';
import type {
  BatchOperation,
  BatchResult,
  CallOptions,
  FlushOptions,
  PageOptions,
  UntilStoredOptions,
  WriteOptions,
} from './types.ts';
import { untilStored } from './until-stored.ts';

/**
 * Calls the HTTP API, from a browser, Node or a Lambda function. Every method throws {@link ApiError} for a problem that trying
 * again does not solve, and {@link ApiUnreachableError} where no answer came.
 *
 * @example
 * const api = new WriteBehindClient({ url: 'http://localhost:3000' });
 * await api.put('flights/115', { origin: 'ABQ', delay: 12 }, { durability: 'cache' });
 * const flight = await api.get('flights/115');
 */
export class WriteBehindClient {
  readonly #sender: Sender;
  readonly deadLetters: DeadLetters;

  constructor(options: SendOptions) {
    this.#sender = new Sender(options);
    this.deadLetters = new DeadLetters(this.#sender);
  }

  /** Replaces an item. @param key `collection/id` */
  async put(key: string, value: object, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#write('PUT', itemPath(key), { value, ...authorOf(options) }, options);
  }

  /** Changes single attributes of an item, or creates it. */
  async patch(key: string, changes: Changes, options: WriteOptions = {}): Promise<Acknowledgement> {
    return this.#write('PATCH', itemPath(key), { ...changes, ...authorOf(options) }, options);
  }

  /** Deletes an item; deleting what is not there is fine. */
  async delete(key: string, options: WriteOptions = {}): Promise<Acknowledgement> {
    const { actor, comment, signal, ...more } = options;
    if (actor === undefined && comment === undefined) return this.#write('DELETE', itemPath(key), undefined, options);
    // A DELETE has no body: with a reason it is a batch of one.
    const [result] = await this.batch([{ op: 'delete', key, ...authorOf(options), ...more }], {
      ...(signal && { signal }),
    });
    if (!result || 'problem' in result) throw refused(result);
    const { status: _, ...acknowledgement } = result;
    return acknowledgement as Acknowledgement;
  }

  /** Puts an item under a new id, ordered by time; the answer has its key. */
  async append(
    collection: string,
    value: object,
    options: Omit<WriteOptions, 'ifMatch'> = {},
  ): Promise<Acknowledgement> {
    return this.#write('POST', `/items/${segment(collection)}`, { value, ...authorOf(options) }, options);
  }

  /** Reads an item; `null` if there is none. */
  async get<T extends object = JsonObject>(key: string, { signal }: CallOptions = {}): Promise<Item<T> | null> {
    return orNull('no-such-item', this.#sender.call<Item<T>>({ method: 'GET', path: itemPath(key), signal }));
  }

  /**
   * Carries out up to 100 operations, those on one key in order; one that fails never fails the others. Those that are refused for
   * now are tried again, unless an operation after them on the same key was carried out.
   *
   * @returns one result for each, in their order; the last one of those that were tried again
   */
  async batch(
    operations: readonly BatchOperation[],
    options: CallOptions & { readonly durability?: Durability } = {},
  ): Promise<readonly BatchResult[]> {
    const repeatable = operations.map((operation) => this.#repeatable(operation));
    return sendBatch(this.#sender, repeatable, options);
  }

  /** A page of a listable collection, the items created last first. */
  async list<T extends object = JsonObject>(collection: string, options: PageOptions = {}): Promise<ItemPage<T>> {
    return this.#page(`/items/${segment(collection)}`, options);
  }

  /** A page of the history of an item of an audited collection, newest first. */
  async history(key: string, options: PageOptions = {}): Promise<HistoryPage> {
    return this.#page(`${itemPath(key)}/history`, options);
  }

  /** Cache and database side by side. */
  async consistency(key: string, { signal }: CallOptions = {}): Promise<Consistency> {
    return this.#sender.call({ method: 'GET', path: `${itemPath(key)}/consistency`, signal });
  }

  /** Counters over all instances, and what is waiting. */
  stats({ signal }: CallOptions = {}): Promise<Stats> {
    return this.#sender.call({ method: 'GET', path: '/stats', signal });
  }

  /** State of every dependency; `down` is an answer, not an error. */
  health({ signal }: CallOptions = {}): Promise<Health> {
    const isAnswer = (body: unknown) => typeof body === 'object' && body !== null && 'checks' in body;
    return this.#sender.call({ method: 'GET', path: '/health', isAnswer, signal });
  }

  /** Stores dirty items now, oldest first: those that are selected, at most `limit`; default: all that fit into 20 s. */
  flush({ signal, ...selected }: FlushOptions = {}): Promise<DrainReport> {
    return this.#sender.call({ method: 'POST', path: '/flush', body: selected, signal });
  }

  /** Holds what is to be flushed in the queue, for a maintenance window; writes go on. Harmless to repeat. */
  pause({ signal, ...who }: PauseOptions & CallOptions = {}): Promise<PauseReport> {
    return this.#sender.call({ method: 'POST', path: '/pause', body: who, signal });
  }

  /** Lets flushing go on, what waited at `itemsPerSecond` where that is given. Harmless to repeat. */
  resume({ signal, ...how }: ResumeOptions & CallOptions = {}): Promise<FlushingState> {
    return this.#sender.call({ method: 'POST', path: '/resume', body: how, signal });
  }

  /**
   * Waits until the database has an item at a version or a newer one, for tests and for whoever reads the table after a write.
   * Nothing is hurried; {@link WriteBehindClient.flush} does that.
   *
   * @returns the version that is stored
   * @throws {NotStoredError} it was not when the time was over
   */
  untilStored(key: string, options: UntilStoredOptions = {}): Promise<number> {
    return untilStored(() => this.consistency(key, options), key, options);
  }

  /** The API's OpenAPI document. */
  openApi({ signal }: CallOptions = {}): Promise<JsonObject> {
    return this.#sender.call({ method: 'GET', path: '/openapi.json', signal });
  }

  #page<Page>(path: string, { limit, cursor, signal }: PageOptions): Promise<Page> {
    return this.#sender.call({ method: 'GET', path, query: { limit, cursor }, signal });
  }

  #write(
    method: 'PUT' | 'PATCH' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    { durability, ifMatch, idempotencyKey, signal }: WriteOptions,
  ): Promise<Acknowledgement> {
    return this.#sender.call({
      method,
      path,
      body,
      signal,
      headers: {
        'write-durability': durability,
        'if-match': typeof ifMatch === 'number' ? `"${ifMatch}"` : ifMatch === '*' ? '*' : undefined,
        'if-none-match': ifMatch === 'none' ? '*' : undefined,
        'idempotency-key': idempotencyKey ?? this.#newKey(),
      },
    });
  }

  #repeatable(operation: BatchOperation): BatchOperation {
    if (operation.op === 'get') return operation;
    const idempotencyKey = operation.idempotencyKey ?? this.#newKey();
    return idempotencyKey === undefined ? operation : { ...operation, idempotencyKey };
  }

  #newKey(): string | undefined {
    return this.#sender.retries === 0 ? undefined : crypto.randomUUID();
  }
}

function authorOf({ actor, comment }: Author): Author {
  return { ...(actor !== undefined && { actor }), ...(comment !== undefined && { comment }) };
}

function refused(result: BatchResult | undefined): ApiError {
  if (result && 'problem' in result) return new ApiError(result.problem, retryAfterSecondsOf(result));
  return new ApiError({ type: 'about:blank', title: 'No result', status: 502, detail: 'No result.' }, undefined);
}
