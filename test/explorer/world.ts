import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Redis } from 'ioredis';
import { type Config, defineConfig } from '../../lib/config.ts';
import { CacheUnavailableError } from '../../lib/errors.ts';
import { assemble, type Parts } from '../../lib/parts.ts';
import { dynamodbStores } from '../../lib/store/stores.ts';
import type { Choices } from './choices.ts';
import { type Content, contentOfItem, contentText } from './oracle/content.ts';
import { Facts } from './oracle/facts.ts';
import { Witness } from './oracle/witness.ts';
import { MemoryQueue } from './simulation/memory-queue.ts';
import { MemorySqs } from './simulation/memory-sqs.ts';
import { MemoryTable } from './simulation/memory-table.ts';
import { ScheduledValkey } from './simulation/scheduled-valkey.ts';
import { type Mishap, Scheduler, type Seam, type Task } from './simulation/scheduler.ts';
import { answerText, START, Trace } from './trace.ts';

const QUEUE_URL = 'http://127.0.0.1/queue.fifo';
const DEAD_URL = 'http://127.0.0.1/dead.fifo';

/**
 * The product's settings. Valkey's own clock is the only one that nobody here controls: nothing may expire by it within a schedule,
 * so the lease is as long as it can be, and what is to expire is evicted.
 */
export const config: Config = defineConfig(
  {
    shards: 1,
    maxDirtyItems: 100,
    windowSeconds: 0,
    leaseSeconds: 60,
    refreshAheadSeconds: 600,
    refusedRetrySeconds: [],
  },
  { valkeyUrl: 'redis://127.0.0.1', queueUrl: QUEUE_URL, deadLetterQueueUrl: DEAD_URL, tableName: 'table' },
);

/** How far the common clock goes each time somebody looks at it, µs. */
const TICK = 1000;
/** How far the clocks of instances are apart beside that, µs. */
const APART = 20;

/** An instance was killed. */
export class CrashedError extends Error {
  override readonly name = 'Crashed';
}

interface Invocation {
  readonly lazy: boolean;
  readonly crash: () => void;
}

/** Everything that one schedule happens in: clients and functions run on it, a step at a time. */
export class World {
  readonly choices: Choices;
  readonly redis: Redis;
  readonly scheduler = new Scheduler();
  readonly trace = new Trace();
  readonly facts = new Facts();
  readonly queue = new MemoryQueue('queue');
  readonly dead = new MemoryQueue('dead');
  readonly table: MemoryTable;
  /** Who runs now, by name. */
  readonly running = new Map<string, Invocation>();
  /** What must never be, and was seen nevertheless. */
  readonly violations: string[] = [];
  /** Whether nobody can reach Valkey now. */
  valkeyAway = false;
  readonly #sqs: MemorySqs;
  readonly #witness: Witness;
  #timeUs = START;
  #invocations = 0;

  constructor(choices: Choices, redis: Redis) {
    this.choices = choices;
    this.redis = redis;
    const witness = new Witness(this.facts, (what) => this.violations.push(what));
    this.#witness = witness;
    this.table = new MemoryTable((key, item) => witness.stored(key, contentOfItem(item)));
    this.#sqs = new MemorySqs(
      new Map([
        [QUEUE_URL, this.queue],
        [DEAD_URL, this.dead],
      ]),
      {
        sent: (queue, message) => witness.sent(queue === this.dead ? 'dead' : 'queue', message),
        deleted: (_, { id }) => witness.deleted(id),
      },
      () => this.#timeUs / 1000,
    );
  }

  /** Hears what became of messages that no request of the product moved. */
  get witness(): Witness {
    return this.#witness;
  }

  /**
   * Runs something in an instance of its own, as a Lambda function would: with clients of its own, and a clock that may be wrong.
   *
   * @throws {CrashedError} it was killed
   */
  async invoke<T>(role: string, skewMs: number, work: (parts: Parts, name: string) => Promise<T>): Promise<T> {
    this.#invocations += 1;
    const name = `${role} #${this.#invocations}`;
    // No two clocks ever agree in the microsecond, nor with a version that is one more than another.
    const offsetUs = skewMs * 1000 + ((this.#invocations * APART) % TICK);
    const parts = this.#assemble(name, () => this.now() + offsetUs);
    const crashed = Promise.withResolvers<never>();
    this.running.set(name, { lazy: this.choices.onceIn(3), crash: () => crashed.reject(new CrashedError()) });
    try {
      return await Promise.race([work(parts, name), crashed.promise]);
    } finally {
      this.running.delete(name);
    }
  }

  /** Kills an instance. */
  crash(name: string): void {
    this.scheduler.drop(name);
    this.running.get(name)?.crash();
  }

  /** The common clock, µs since the epoch. */
  now(): number {
    this.#timeUs += TICK;
    return this.#timeUs;
  }

  /** Carries a step out. */
  async release(task: Task, mishap?: Mishap): Promise<void> {
    this.facts.at += 1;
    const cut = this.valkeyAway && task.seam === 'valkey' && this.running.has(task.by);
    const away = { performed: false, error: new CacheUnavailableError('Valkey is away.') };
    const cause = cut && (!mishap || mishap.error) ? away : cut ? { performed: false } : mishap;
    if (cause?.error && task.seam === 'valkey') this.facts.valkeyTrouble.push(this.facts.at);
    if (cause?.error && task.seam === 'queue') this.facts.queueTrouble.push(this.facts.at);
    const line = this.trace.length;
    const answer = await this.scheduler.release(task, cause);
    const fate = cause
      ? `${cause.performed ? 'done' : 'NOT done'}, ${cause.error ? `answered ${cause.error.name}` : 'then it crashes'}`
      : answerText(answer);
    this.trace.add(task.by, `${task.what} → ${fate}`, line);
  }

  /** Something happens that is no step of the product. */
  happens(what: string): void {
    this.facts.at += 1;
    this.trace.add('*', what);
  }

  /** What the table has of an item. */
  stored(key: string): Content | undefined {
    const item = this.table.items.get(key);
    return item && contentOfItem(item);
  }

  /** The table in short. */
  tableText(): string {
    return [...this.table.items].map(([key, item]) => `${key} ${contentText(contentOfItem(item))}`).join(', ');
  }

  #assemble(name: string, clock: () => number): Parts {
    const step = <T>(seam: Seam, what: string, perform: () => unknown) =>
      this.scheduler.schedule<T>(name, seam, what, perform);
    const send = (seam: 'table' | 'queue', answer: (command: string, input: object) => object) => ({
      send: (command: { constructor: { name: string }; input: object }) => {
        const kind = command.constructor.name;
        return step(seam, `${kind.replace('Command', '')} ${inputText(command.input)}`, () =>
          answer(kind, command.input),
        );
      },
    });
    const valkey = new ScheduledValkey(this.redis, {
      step: (what, perform) => step('valkey', what, perform),
      ran: (script, args, reply) => this.#witness.ran(script, args, reply),
    });
    const clients = {
      valkey: this.redis,
      dynamodb: send('table', (command, input) => this.table.answer(command, input)) as unknown as DynamoDBClient,
      sqs: send('queue', (command, input) => this.#sqs.answer(command, input, name)) as unknown as SQSClient,
    };
    return assemble(config, clients, valkey, dynamodbStores(config, clients), {
      clock,
      random: () => 0.5,
      wait: (ms) => step('timer', `waits ${ms} ms`, () => this.#pass(ms)),
      report: { ...silent, lost: (key, version) => this.#witness.lost(key, version) },
    });
  }

  /** Time passes: what is asked for, or much more, as on a busy machine. */
  #pass(ms: number): void {
    this.#timeUs += (this.choices.onceIn(2) ? 30_000 : ms) * 1000;
  }
}

const silent = {
  failed: () => undefined,
  parked: () => undefined,
  unreadable: () => undefined,
  deadLetterFailed: () => undefined,
  delayFailed: () => undefined,
};

/** Of a request to the table or a queue what tells it from others. */
function inputText(input: object): string {
  const { Item, Key, Entries } = input as {
    Item?: Parameters<typeof contentOfItem>[0] & { pk?: { S?: string } };
    Key?: { pk?: { S?: string } };
    Entries?: readonly { readonly MessageBody?: string }[];
  };
  if (Item) return `${Item.pk?.S} version ${Item._v?.N} ${contentText(contentOfItem(Item))}`;
  if (Key) return Key.pk?.S ?? '';
  return (Entries ?? []).map(({ MessageBody = '' }) => MessageBody).join(' ');
}
