import { ItemRefusedError, StoreUnavailableError } from '../../errors.ts';
import type { Image } from '../../model/image.ts';
import { type JsonObject, readJson } from '../../model/json.ts';
import type { Put, PutAnswers, Store, Stored } from '../store.ts';
import { LockedError } from './faults.ts';
import type { PostgresPool, Row } from './pool.ts';
import { batchesOf, type PutBatch, type PutRow } from './put-batches.ts';
import { putStatement } from './put-statement.ts';
import { quoted } from './schema.ts';

/** For rows that were there when a statement met them, and gone when they were looked at: tombstones can be removed in between. */
const TRIES = 3;
const DAY_SECONDS = 86_400;

type Answer = Stored | ItemRefusedError | StoreUnavailableError;

/** What a {@link PostgresStore} has to know. */
export interface PostgresStoreOptions {
  readonly tableName: string;
  readonly tombstoneDays: number;
  /** Whether the item of a key has a place in the list of its collection. */
  readonly isListed: (key: string) => boolean;
}

/** The table of the items in PostgreSQL. */
export class PostgresStore implements Store {
  readonly database = 'PostgreSQL';
  readonly #pool: PostgresPool;
  readonly #table: string;
  readonly #tombstoneSeconds: number;
  readonly #isListed: (key: string) => boolean;
  readonly #put: string;
  readonly #putKeepingPlace: string;

  constructor(pool: PostgresPool, { tableName, tombstoneDays, isListed }: PostgresStoreOptions) {
    this.#pool = pool;
    this.#table = quoted(tableName);
    this.#tombstoneSeconds = tombstoneDays * DAY_SECONDS;
    this.#isListed = isListed;
    this.#put = putStatement(tableName, false);
    this.#putKeepingPlace = putStatement(tableName, true);
  }

  async get(key: string): Promise<Image | null> {
    return (await this.getMany([key])).get(key) ?? null;
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Image>> {
    if (keys.length === 0) return new Map();
    const rows = await this.#pool.rows(
      `SELECT pk, value, version, actor, comment, deleted, created FROM ${this.#table} WHERE pk = ANY($1)`,
      [keys],
    );
    return new Map(rows.map((row) => [row.pk!, imageOf(row)]));
  }

  /** One statement for all of them; where it fails on account of an item, one for each. */
  async putMany(puts: ReadonlyMap<string, Put>): Promise<PutAnswers> {
    const { batches, refused } = batchesOf(puts, (key, image) => this.#rowOf(key, image));
    const answers = new Map<string, Answer>(refused);
    const requests = await Promise.all(batches.map((batch) => this.#store(batch, answers)));
    return { answers, requests: requests.reduce((sum, each) => sum + each, 0) };
  }

  /** Stores rows, and says what became of them. @returns how many requests it took */
  async #store(batch: PutBatch, answers: Map<string, Answer>): Promise<number> {
    let requests = 0;
    let left = batch.rows;
    const answered = (rows: readonly Row[], written: boolean) => {
      for (const row of rows) answers.set(row.pk!, storedIn(row, written));
      left = left.filter(({ row: { pk } }) => !answers.has(pk));
    };
    try {
      for (let tries = 0; left.length > 0 && tries < TRIES; tries += 1) {
        requests += 1;
        const json = `[${left.map((each) => each.json).join()}]`;
        answered(await this.#pool.rows(batch.keepsPlace ? this.#putKeepingPlace : this.#put, [json]), true);
        if (left.length === 0) break;
        requests += 1;
        const keys = left.map(({ row: { pk } }) => pk);
        answered(
          await this.#pool.rows(`SELECT pk, version, created FROM ${this.#table} WHERE pk = ANY($1)`, [keys]),
          false,
        );
      }
      const gone = new StoreUnavailableError(
        'PostgreSQL removes a tombstone again and again while its item is stored.',
        {},
      );
      for (const { row } of left) answers.set(row.pk, gone);
    } catch (error) {
      if (left.length > 1 && (error instanceof ItemRefusedError || error instanceof LockedError)) {
        const alone = await Promise.all(left.map((row) => this.#store({ ...batch, rows: [row] }, answers)));
        return requests + alone.reduce((sum, each) => sum + each, 0);
      }
      for (const { row } of left) answers.set(row.pk, error as ItemRefusedError | StoreUnavailableError);
    }
    return requests;
  }

  #rowOf(pk: string, { value, version, actor, comment, deleted, created }: Image): PutRow {
    return {
      ...{ pk, value, version, actor, comment, deleted },
      ...(deleted && { expires: Math.floor(version / 1e6) + this.#tombstoneSeconds }),
      ...(!deleted && this.#isListed(pk) && { created: created ?? version }),
    };
  }
}

function storedIn({ version, created }: Row, written: boolean): Stored {
  return { version: Number(version), written, ...(created != null && { created: Number(created) }) };
}

function imageOf(row: Row): Image {
  const { value, version, actor, comment, deleted, created } = row;
  return {
    version: Number(version),
    deleted: deleted === 't',
    value: readJson(value!) as JsonObject,
    ...(actor != null && { actor }),
    ...(comment != null && { comment }),
    ...(created != null && { created: Number(created) }),
  };
}
