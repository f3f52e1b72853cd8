import { monotonicFactory } from 'ulid';
import { ApiError, type BatchOperation, type WriteBehindClient } from 'write-behind/client';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export interface Line {
  readonly level: (typeof LEVELS)[number];
  readonly text: string;
}

/** A line as it is read back. */
export interface LoggedLine extends Line {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Whether it is in the database already. */
  readonly stored: boolean;
}

interface Waiting {
  readonly line: Line;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

/** With one counter for each level a request has 100 operations, the most that a batch takes. */
const LINES_PER_REQUEST = 100 - LEVELS.length;
const REQUESTS_AT_ONCE = 4;
const nextId = monotonicFactory();

/** A log in a listable collection. While requests are under way, what is appended gathers for the next one. */
export class Log {
  readonly #api: WriteBehindClient;
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(api: WriteBehindClient) {
    this.#api = api;
  }

  /** Lines that wait for a request. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /** Appends lines, and returns their ids when the API has acknowledged all of them. */
  async append(lines: readonly Line[]): Promise<string[]> {
    const acknowledged = lines.map((line) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      this.#waiting.push({ line, resolve, reject });
      return promise;
    });
    this.#sendWaiting();
    return Promise.all(acknowledged);
  }

  /** A page of lines, the newest first. */
  async page(limit: number | undefined, cursor: string | undefined): Promise<{ lines: LoggedLine[]; cursor?: string }> {
    const options = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
    const { items, ...more } = await this.#api.list<Line & { at: string }>('logs', options);
    return {
      lines: items.map(({ key, value, persisted }) => ({ id: idOf(key), ...value, stored: persisted })),
      ...more,
    };
  }

  /** How many lines of each level were logged. */
  async statistics(): Promise<Record<string, number>> {
    const results = await this.#api.batch(LEVELS.map((level) => ({ op: 'get', key: `statistics/${level}` })));
    const counts = results.map((result) => ('value' in result ? Number(result.value?.lines) : 0));
    return Object.fromEntries(LEVELS.map((level, index) => [level, counts[index]!]));
  }

  #sendWaiting(): void {
    while (this.#underWay < REQUESTS_AT_ONCE && this.#waiting.length > 0) {
      this.#underWay += 1;
      this.#send(this.#waiting.splice(0, LINES_PER_REQUEST)).finally(() => {
        this.#underWay -= 1;
        this.#sendWaiting();
      });
    }
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    const at = new Date().toISOString();
    // One for all: it is remembered for each key separately.
    const idempotencyKey = nextId();
    const puts = waiting.map(
      ({ line }) =>
        ({ op: 'put', key: `logs/${nextId()}`, value: { ...line, at }, isNew: true, idempotencyKey }) as const,
    );
    const counts = [...Map.groupBy(waiting, ({ line }) => line.level)].map(
      ([level, { length }]) =>
        ({ op: 'patch', key: `statistics/${level}`, add: { lines: length }, idempotencyKey }) as const,
    );
    try {
      await this.#write([...puts, ...counts]);
      for (const [index, { resolve }] of waiting.entries()) resolve(idOf(puts[index]!.key));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  /** What is refused for now the client repeats. */
  async #write(operations: readonly BatchOperation[]): Promise<void> {
    const results = await this.#api.batch(operations);
    const failed = results.find((result) => 'problem' in result);
    if (failed) throw new ApiError(failed.problem, undefined);
  }
}

function idOf(key: string): string {
  return key.slice('logs/'.length);
}
