import { setTimeout as wait } from 'node:timers/promises';
import { type Random, seededRandom } from '../../bench/load/random.ts';
import type { Change, Level, Read, Values, Write } from './judge/record.ts';

const LEVELS: readonly Level[] = ['cache', 'queue', 'queue', 'database'];
/** Keys of each kind: only counted; put and deleted; everything. */
const KINDS = { counters: 12, items: 60, mixed: 24 } as const;
const TIMEOUT_MS = 8000;
const RETRIES = 6;
/** Nothing happened, and the answer says so. */
const REFUSED = new Set([400, 404, 409, 412, 413, 415, 422]);

/** Where requests go to now. */
type UrlOf = (random: Random) => string;

interface Answer {
  /** 0 where there was none. */
  readonly status: number;
  readonly body: { version?: number; value?: Values; type?: string; inCache?: boolean };
}

/** Clients that write and read what they like, and write down what they asked and what they were told. */
export class Load {
  readonly writes: Write[] = [];
  readonly reads: Read[] = [];
  /** Answers that are no part of the contract, by status. */
  readonly unexpected = new Map<number, number>();
  readonly #urlOf: UrlOf;
  readonly #pauseMs: number;
  #next = 0;
  #stopping = false;

  constructor(urlOf: UrlOf, pauseMs: number) {
    this.#urlOf = urlOf;
    this.#pauseMs = pauseMs;
  }

  /** Runs until `stop()`. */
  async run(clients: number, seed: number): Promise<void> {
    await Promise.all(
      Array.from({ length: clients }, (_, client) => this.#client(client, seededRandom(seed + client))),
    );
  }

  stop(): void {
    this.#stopping = true;
  }

  async #client(client: number, random: Random): Promise<void> {
    while (!this.#stopping) {
      const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
      const kind = kinds[Math.floor(random() * kinds.length)]!;
      // The square makes some keys hot.
      const key = `${kind}/${Math.floor(random() ** 2 * KINDS[kind])}`;
      if (random() < 0.3) await this.#read(client, key, random);
      else await this.#write(client, key, random, changeOf(kind, random));
      await wait(random() * 2 * this.#pauseMs);
    }
  }

  async #write(
    client: number,
    key: string,
    random: Random,
    shape: (n: number, client: number) => Change,
  ): Promise<void> {
    this.#next += 1;
    const n = this.#next;
    const level = LEVELS[Math.floor(random() * LEVELS.length)]!;
    const change = shape(n, client);
    const retries = random() < 0.3;
    const headers = {
      'content-type': 'application/json',
      'write-durability': level,
      ...(retries && { 'idempotency-key': `write-${n}` }),
    };
    const method = { put: 'PUT', patch: 'PATCH', delete: 'DELETE' }[change.op];
    const { op, ...body } = change;
    const sentAt = performance.now();
    let attempts = 0;
    let answer: Answer;
    let mayHaveHappened = false;
    do {
      attempts += 1;
      answer = await this.#send(`${this.#urlOf(random)}/items/${key}`, {
        method,
        headers,
        ...(op !== 'delete' && { body: JSON.stringify(body) }),
      });
      mayHaveHappened ||= !isRefusal(answer, level);
      if (answer.status >= 300 || answer.status === 0) await wait(100 * attempts * random());
    } while (retries && attempts <= RETRIES && (answer.status === 0 || answer.status >= 429));
    const { status } = answer;
    const acknowledged = status === 200 || status === 202;
    this.writes.push({
      n,
      client,
      key,
      level,
      change,
      sentAt,
      endedAt: performance.now(),
      attempts,
      outcome: acknowledged ? 'acknowledged' : mayHaveHappened ? 'unknown' : 'refused',
      version: acknowledged ? answer.body.version! : 0,
      ...(acknowledged && op === 'patch' && { value: answer.body.value! }),
    });
  }

  async #read(client: number, key: string, random: Random): Promise<void> {
    const sentAt = performance.now();
    const { status, body } = await this.#send(`${this.#urlOf(random)}/items/${key}`, { method: 'GET' });
    if (status !== 200 && status !== 404) return;
    const version = status === 200 ? body.version! : null;
    this.reads.push({ client, key, sentAt, endedAt: performance.now(), version });
  }

  async #send(url: string, request: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const { status } = response;
      const body = (await response.json()) as Answer['body'];
      if (status >= 500 && status !== 503 && status !== 504) {
        this.unexpected.set(status, (this.unexpected.get(status) ?? 0) + 1);
      }
      return { status, body };
    } catch {
      // The instance was killed or stopped, or the connection cut: nobody knows.
      return { status: 0, body: {} };
    }
  }
}

/**
 * Whether nothing was changed. What is throttled with the write in the cache is not refused; and a message that SQS is not known to have may be
 * there all the same.
 */
function isRefusal({ status, body }: Answer, level: Level): boolean {
  if (status === 503) return body.inCache === false && level !== 'queue';
  return REFUSED.has(status) || (status === 429 && body.inCache !== true);
}

function changeOf(kind: keyof typeof KINDS, random: Random): (n: number, client: number) => Change {
  const dice = random();
  const patch = (n: number, client: number): Change => ({
    op: 'patch',
    set: { w: n },
    add: { sum: 1, [`c${client}`]: 1 },
  });
  if (kind === 'counters') return patch;
  if (dice < 0.2) return () => ({ op: 'delete' });
  if (kind === 'mixed' && dice < 0.7) return patch;
  return (n) => ({ op: 'put', value: { w: n, text: 'x'.repeat(Math.floor(random() * 200)) } });
}
