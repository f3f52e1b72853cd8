import type {
  DeadLetterDetail,
  DeadLetterOutcome,
  DeadLetterPage,
  DeadLetterSelection,
} from '../lib/dead-letters/types.ts';
import type { HistoryPage } from '../lib/history/history-reader.ts';
import type { Consistency, DrainReport, Health, Stats } from '../lib/insight/types.ts';
import type { ItemPage } from '../lib/listing/list-reader.ts';
import type { JsonObject } from '../lib/model/json.ts';
import type { Acknowledgement, Author, Changes, Condition, Item } from '../lib/model/operation.ts';
import type { Durability } from '../lib/settings.ts';
import { ApiError, type Problem } from './errors.ts';
import { Sender, type SendOptions } from './send.ts';

/** Options of every call. */
export interface CallOptions {
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

/** Options of every write. */
export interface WriteOptions extends Author, CallOptions {
  /** What the acknowledgement promises. @default the collection's */
  readonly durability?: Durability;
  /** The write takes place only if the item has this version, exists (`*`), or does not (`none`). */
  readonly ifMatch?: Condition;
  /**
   * A write with the same key and content takes place once, 1–256 characters. @default one for each call, so that what the
   * client repeats takes place once; none where it repeats nothing
   */
  readonly idempotencyKey?: string;
}

/** Which part of a list. */
export interface PageOptions extends CallOptions {
  /** Entries of one page. @default the API's */
  readonly limit?: number;
  /** What the page before ended with. @default from the beginning */
  readonly cursor?: string;
}

/** One operation of a batch; as a single call's, with the key. */
export type BatchOperation =
  | ({
      readonly op: 'put';
      readonly key: string;
      readonly value: object;
      /** The id was made for this item: it need not be looked up, which a put into a listable collection costs. @default false */
      readonly isNew?: boolean;
    } & Omit<WriteOptions, 'signal'>)
  | ({ readonly op: 'patch'; readonly key: string } & Changes & Omit<WriteOptions, 'signal'>)
  | ({ readonly op: 'delete'; readonly key: string } & Omit<WriteOptions, 'signal'>)
  | { readonly op: 'get'; readonly key: string };

/** What became of one operation of a batch. */
export type BatchResult =
  | {
      readonly status: number;
      readonly key: string;
      readonly version: number;
      readonly durability?: Durability;
      readonly value?: JsonObject;
    }
  | { readonly status: number; readonly key?: string; readonly problem: Problem };

/** A server's answer to a write; for a patch with the resulting item. */
export type { Acknowledgement };

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
    return this.#sender.call({
      method: 'POST',
      path: '/batch',
      body: { operations: [this.#repeatable({ op: 'delete', key, ...authorOf(options), ...more })] },
      read: onlyResult,
      signal,
    });
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
   * Carries out up to 100 operations, those on one key in order; one that fails never fails the others. Repeated is only the whole
   * batch, where no answer to it came: a result that says "not now" is the caller's to try again.
   *
   * @returns one result for each, in their order
   */
  async batch(
    operations: readonly BatchOperation[],
    { durability, signal }: CallOptions & { readonly durability?: Durability } = {},
  ): Promise<readonly BatchResult[]> {
    const { results } = await this.#sender.call<{ results: BatchResult[] }>({
      method: 'POST',
      path: '/batch',
      headers: { 'write-durability': durability },
      body: { operations: operations.map((operation) => this.#repeatable(operation)) },
      signal,
    });
    return results;
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

  /** Stores dirty items now, oldest first, at most `limit`; default: all that fit into 20 s. */
  flush({ limit, signal }: CallOptions & { readonly limit?: number } = {}): Promise<DrainReport> {
    return this.#sender.call({ method: 'POST', path: '/flush', body: limit === undefined ? {} : { limit }, signal });
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

/** What operators do with dead letters. */
export class DeadLetters {
  readonly #sender: Sender;

  /** Made by {@link WriteBehindClient}. */
  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** A page of them, the oldest failure first. */
  list({ limit, cursor, signal }: PageOptions = {}): Promise<DeadLetterPage> {
    return this.#sender.call({ method: 'GET', path: '/dead-letters', query: { limit, cursor }, signal });
  }

  /** One with what it carries and what a redrive would lead to; `null` if it is not there. */
  show(id: string, { signal }: CallOptions = {}): Promise<DeadLetterDetail | null> {
    const path = `/dead-letters/${encodeURIComponent(id)}`;
    return orNull('no-such-dead-letter', this.#sender.call({ method: 'GET', path, signal }));
  }

  /** Sends them to the queue again; harmless to repeat. */
  redrive(which: DeadLetterSelection, { signal }: CallOptions = {}): Promise<DeadLetterOutcome> {
    return this.#sender.call({ method: 'POST', path: '/dead-letters/redrive', body: which, signal });
  }

  /** Gives them up; harmless to repeat. */
  discard(
    which: DeadLetterSelection,
    { actor, comment }: { readonly actor: string; readonly comment: string },
    { signal }: CallOptions = {},
  ): Promise<DeadLetterOutcome> {
    const body = { ...which, actor, comment };
    return this.#sender.call({ method: 'POST', path: '/dead-letters/discard', body, signal });
  }
}

/** Path of an item; its collection ends at the first slash. */
function itemPath(key: string): string {
  const slash = key.indexOf('/');
  if (slash < 1) throw new TypeError(`The key must be collection/id, got ${JSON.stringify(key)}.`);
  return `/items/${segment(key.slice(0, slash))}/${segment(key.slice(slash + 1))}`;
}

/** A part of a path. URLs have no way to write one of a dot or two: they name another path, of another item or of none. */
function segment(text: string): string {
  if (text === '.' || text === '..')
    throw new TypeError(`${JSON.stringify(text)} cannot stand in a path; use a batch.`);
  return encodeURIComponent(text);
}

/** What a batch of one write came to. */
function onlyResult(body: unknown): Acknowledgement {
  const [result] = (body as { results: BatchResult[] }).results;
  if (!result || 'problem' in result) {
    const problem = result?.problem ?? { type: 'about:blank', title: 'No result', status: 502, detail: 'No result.' };
    const seconds = problem.retryAfterSeconds;
    throw new ApiError(problem, typeof seconds === 'number' ? seconds : undefined);
  }
  const { status: _, ...acknowledgement } = result;
  return acknowledgement as Acknowledgement;
}

function authorOf({ actor, comment }: Author): Author {
  return { ...(actor !== undefined && { actor }), ...(comment !== undefined && { comment }) };
}

async function orNull<T>(code: string, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === code) return null;
    throw error;
  }
}
