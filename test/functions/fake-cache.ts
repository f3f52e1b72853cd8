import type { ApiCache } from '../../functions/api/route.ts';
import { defineConfig } from '../../lib/config.ts';
import type { InvalidInputError } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import { checkKey } from '../../lib/model/key.ts';
import type { Acknowledgement, Item, Operation, Outcome, WriteOperation } from '../../lib/model/operation.ts';
import { checkValue } from '../../lib/model/value.ts';
import type { SettingsInput } from '../../lib/settings.ts';

/**
 * Stands in for the cache where only the shape of requests and answers is looked at: it keeps values in a map and writes
 * down what it was asked. What the cache itself promises is tested against real servers.
 */
export class FakeCache implements ApiCache {
  readonly config;
  readonly items = new Map<string, JsonObject>();
  readonly asked: Operation[] = [];
  /** Pages of histories that were asked for. */
  readonly pages: object[] = [];
  flushes: object[] = [];
  /** What was asked for about dead letters. */
  readonly lettersAsked: object[] = [];
  /** What was asked for about pauses. */
  readonly flushingAsked: object[] = [];
  healthStatus: 'ok' | 'degraded' | 'down' = 'ok';
  /** Thrown by the next call, once. */
  nextError: Error | undefined;
  #version = 1_700_000_000_000_000;

  constructor(settings: SettingsInput = {}) {
    this.config = defineConfig(settings, {
      valkeyUrl: 'redis://127.0.0.1:6379',
      queueUrl: 'http://127.0.0.1/queue.fifo',
      deadLetterQueueUrl: 'http://127.0.0.1/dead.fifo',
      tableName: 'items',
    });
  }

  async execute(operation: WriteOperation): Promise<Acknowledgement> {
    this.#fail();
    this.asked.push(operation);
    checkKey(operation.key);
    if (operation.op === 'put') checkValue(operation.value);
    const value =
      operation.op === 'put' ? operation.value : operation.op === 'patch' ? (operation.set ?? {}) : undefined;
    if (value) this.items.set(operation.key, value);
    else this.items.delete(operation.key);
    return {
      key: operation.key,
      version: ++this.#version,
      durability: operation.durability ?? 'queue',
      ...(operation.op === 'patch' && value && { value }),
    };
  }

  async get(key: string): Promise<Item | null> {
    this.#fail();
    checkKey(key);
    const value = this.items.get(key);
    if (!value) return null;
    return this.#item(key, value);
  }

  async batch(operations: readonly Operation[]): Promise<Outcome[]> {
    this.#fail();
    const outcomes: Outcome[] = [];
    for (const operation of operations) {
      try {
        if (operation.op === 'get') {
          outcomes.push({ kind: 'read', key: operation.key, item: await this.get(operation.key) });
        } else {
          outcomes.push({ kind: 'written', acknowledgement: await this.execute(operation) });
        }
      } catch (error) {
        outcomes.push({ kind: 'failed', key: operation.key, error: error as InvalidInputError });
      }
    }
    return outcomes;
  }

  append(collection: string, value: JsonObject, options: object = {}): Promise<Acknowledgement> {
    return this.execute({ op: 'put', key: `${collection}/01ARZ3NDEKTSV4RRFFQ69G5FAV`, value, ...options });
  }

  async flush(options: object = {}) {
    this.#fail();
    this.flushes.push(options);
    return { flushed: 1, failed: 0, failures: [], databaseCalls: 1, remaining: 0 };
  }

  async consistency(key: string) {
    const side = { version: this.#version, value: this.items.get(key) ?? null };
    return { key, consistent: true, cache: side, database: null, lagMs: 0 };
  }

  readonly deadLetters = {
    list: async (options: object = {}) => {
      this.#fail();
      this.lettersAsked.push({ list: options });
      return { deadLetters: [LETTER], cursor: 'next', complete: true };
    },

    show: async (id: string) => {
      this.#fail();
      if (id !== LETTER.id) return null;
      return { ...LETTER, signal: { version: 1, value: null }, redrive: 'stores' } as const;
    },

    redrive: async (which: object, options: object = {}) => {
      this.#fail();
      this.lettersAsked.push({ redrive: which, ...options });
      return { done: 1, failed: [{ id: 'other', reason: 'not there' }], complete: true };
    },

    discard: async (which: object, reason: object, options: object = {}) => {
      this.#fail();
      this.lettersAsked.push({ discard: which, reason, ...options });
      return { done: 1, failed: [], complete: true };
    },
  };

  readonly flushing = {
    pause: async (who: object = {}) => {
      this.#fail();
      this.flushingAsked.push({ pause: who });
      return { ...FLUSHING, paused: { since: TIME, ...who }, held: true };
    },

    resume: async (how: object = {}) => {
      this.#fail();
      this.flushingAsked.push({ resume: how });
      return { ...FLUSHING, drain: { since: TIME, itemsPerSecond: 5 } };
    },
  };

  async history(key: string, options: object = {}) {
    this.#fail();
    this.pages.push({ key, ...options });
    const entry = {
      version: this.#version,
      at: '2026-01-01T00:00:00.000Z',
      op: 'put' as const,
      set: { n: 1 },
      caller: 'arn',
    };
    return { history: [entry], cursor: 'next' };
  }

  async list(collection: string, options: object = {}) {
    this.#fail();
    this.pages.push({ collection, ...options });
    return { items: [...this.items].map(([key, value]) => this.#item(key, value)), cursor: 'next' };
  }

  async stats() {
    const none = { p50: null, p99: null };
    return {
      dirtyItems: 1,
      maxDirtyItems: 100_000,
      parkedItems: 0,
      oldestLagMs: 0,
      queue: { visible: 0, delayed: 1, inFlight: 0 },
      flushing: FLUSHING,
      deadLetters: 0,
      writes: { cache: 0, queue: 1, database: 0 },
      reads: { hits: 0, misses: 0, refreshes: 0, refreshesFailed: 0 },
      signals: 1,
      itemsStored: 0,
      storedPerMinute: 0,
      lastStoredAt: null,
      skipped: 0,
      stale: 0,
      failed: 0,
      recentFailures: [],
      knownLost: 0,
      foreignChanges: 0,
      conflicts: 0,
      coalescingRatio: null,
      writeLatencyMs: none,
      lagMs: none,
      batchMs: none,
      since: TIME,
    };
  }

  async health() {
    const ok = { status: 'ok' } as const;
    return { status: this.healthStatus, checks: { valkey: ok, queue: ok, database: ok, backlog: ok, flushing: ok } };
  }

  #item(key: string, value: JsonObject): Item {
    return { key, value, version: this.#version, source: 'cache', persisted: false, lagMs: 1, updatedAt: TIME };
  }

  #fail(): void {
    const error = this.nextError;
    this.nextError = undefined;
    if (error) throw error;
  }
}

const TIME = '2001-01-01T00:00:00.000Z';
const FLUSHING = { paused: null, drain: null, limitPerSecond: null };

const LETTER = { id: 'letter-1', key: 'c/x', reason: 'refused', receiveCount: 4, failedAt: TIME };
