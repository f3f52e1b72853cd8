import { isDeepStrictEqual } from 'node:util';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Consistency, DrainReport } from '../../lib/insight/types.ts';
import type { JsonObject } from '../../lib/model/json.ts';
import type { Acknowledgement, Item } from '../../lib/model/operation.ts';
import type { Durability } from '../../lib/settings.ts';
import { formatCount, formatMs } from '../format.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { DemoError } from './errors.ts';
import type { FlightRecord } from './flight-records.ts';
import type { Screen } from './screen.ts';

/** A flight of the file as an item. */
export function flightOf({ date, delay, distance, origin, destination }: FlightRecord) {
  return {
    departure: { airport: origin, time: date },
    arrival: { airport: destination, delay },
    distance,
  };
}

type Flight = ReturnType<typeof flightOf>;

const POSTPONED_MINUTES = 45;

/** Options of {@link runSteps}. */
export interface StepsOptions {
  readonly api: ApiClient;
  readonly screen: Screen;
  /** A client that knows nothing of write-behind. */
  readonly database: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly record: FlightRecord;
  readonly durability: Durability;
}

/**
 * The nine steps on one flight. Nothing else may store dirty items meanwhile.
 *
 * @returns the flight's key and the item that the table must hold from now on
 * @throws {DemoError} a request failed, or the database does not hold the original in the end
 */
export async function runSteps(options: StepsOptions): Promise<{ key: string; item: Flight }> {
  const { database, tableName, record, screen } = options;
  const key = `flights/${record.row}`;
  const original = flightOf(record);
  await database.send(new PutCommand({ TableName: tableName, Item: { pk: key, ...original } }));
  screen.line(`  ${key} was put into the table by a plain DynamoDB client, as an item that existed before.`);

  const steps = new Steps(options);
  const path = `/items/${key}`;
  await steps.read('Read: not cached yet', path);
  await steps.read('Read again', path);
  await steps.write(`Change departure and arrival, at \`${options.durability}\` level`, 'PATCH', path, {
    set: { ...postponed(original) },
    actor: 'operations',
    comment: 'late incoming aircraft',
  });
  await steps.consistency('Consistency before the queue is processed', path);
  await steps.process('Process the queue');
  await steps.consistency('Consistency after it', path);
  await steps.read('Read back', path);
  await steps.write('Restore the original, and process it', 'PUT', path, {
    value: original,
    actor: 'operations',
    comment: 'on time after all',
  });
  await steps.processToo();

  const { Item: stored = {} } = await database.send(
    new GetCommand({ TableName: tableName, Key: { pk: key }, ConsistentRead: true }),
  );
  await steps.summary(stored);
  const { departure, arrival, distance } = stored;
  if (!isDeepStrictEqual({ departure, arrival, distance }, original)) {
    throw new DemoError(`${key} is not what it was: ${JSON.stringify(stored)}`);
  }
  return { key, item: original };
}

function postponed({ departure, arrival }: Flight): Pick<Flight, 'departure' | 'arrival'> {
  const later = new Date(Date.parse(`${departure.time}Z`) + POSTPONED_MINUTES * 60_000).toISOString().slice(0, 16);
  return {
    departure: { ...departure, time: later },
    arrival: { ...arrival, delay: arrival.delay + POSTPONED_MINUTES },
  };
}

class Steps {
  readonly #api: ApiClient;
  readonly #screen: Screen;
  readonly #durability: Durability;
  readonly #times: { readonly what: string; readonly ms: number }[] = [];
  #number = 0;
  #lastMs = 0;

  constructor({ api, screen, durability }: StepsOptions) {
    this.#api = api;
    this.#screen = screen;
    this.#durability = durability;
  }

  async read(title: string, path: string): Promise<void> {
    const { body } = await this.#step<Item<Flight>>(title, 'GET', path);
    this.#show(`source ${body.source}, version ${body.version}, ${body.persisted ? '' : 'not '}persisted`);
    this.#show(describe(body.value));
    if (body.actor !== undefined) this.#show(`by ${body.actor}: ${body.comment}`);
    this.#note(`read from the ${body.source}`);
  }

  async write(title: string, method: string, path: string, body: JsonObject): Promise<void> {
    const answer = await this.#step<Acknowledgement>(title, method, path, body, {
      'write-durability': this.#durability,
    });
    this.#show(`version ${answer.body.version}, durability ${answer.body.durability}`);
    this.#note(`write acknowledged at ${answer.body.durability} level`);
  }

  async consistency(title: string, path: string): Promise<void> {
    const { body } = await this.#step<Consistency>(title, 'GET', `${path}/consistency`);
    const { consistent, lagMs, cache, database } = body;
    this.#show(consistent ? 'consistent' : `inconsistent, lag ${formatMs(lagMs)}`);
    for (const [name, side] of Object.entries({ cache, database })) {
      const held = side?.value ? `${describe(side.value as Flight)}, version ${side.version}` : 'nothing';
      this.#show(`${`${name}:`.padEnd(9)} ${held}`);
    }
  }

  async process(title: string): Promise<void> {
    const { body } = await this.#step<DrainReport>(title, 'POST', '/flush');
    this.#show(processed(body));
    for (const { key, reason } of body.failures) this.#show(`${key}: ${reason}`);
    this.#note('queue processed');
  }

  /** Processes the queue as part of the step before. */
  async processToo(): Promise<void> {
    const answer = await this.#api.call<DrainReport>('POST', '/flush');
    this.#call('POST', '/flush', answer);
    this.#show(processed(answer.body));
  }

  async summary(stored: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#title('Summary');
    this.#screen.table(this.#times.map(({ what, ms }) => [`    ${what}`, formatMs(ms)]));
    const { _v: version, _by: actor, _comment: comment } = stored;
    this.#show(
      `the table again holds ${describe(stored as unknown as Flight)}, version ${version}, by ${actor}: ${comment}`,
    );
  }

  async #step<Body>(
    title: string,
    method: string,
    path: string,
    body?: JsonObject,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Body>> {
    await this.#title(title);
    const answer = await this.#api.call<Body>(method, path, body, headers);
    this.#call(method, path, answer);
    return answer;
  }

  async #title(title: string): Promise<void> {
    if (this.#number > 0) await this.#screen.pause();
    this.#number += 1;
    this.#screen.line(`\n  ${this.#number}  ${title}`);
  }

  #call(method: string, path: string, { status, ms, body }: Answer): void {
    this.#screen.spread(`     ${method} ${path}`, `${status}  ${formatMs(ms).padStart(8)}`);
    if (status >= 300) throw new DemoError(`${method} ${path} was answered ${status}: ${JSON.stringify(body)}`);
    this.#lastMs = ms;
  }

  #note(what: string): void {
    this.#times.push({ what: `step ${this.#number}: ${what}`, ms: this.#lastMs });
  }

  #show(text: string): void {
    this.#screen.line(`     ${text}`);
  }
}

function processed({ flushed, failed, databaseCalls, remaining }: DrainReport): string {
  const counts = { processed: flushed, failed, 'database calls': databaseCalls, remaining };
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${formatCount(count)}`)
    .join(', ');
}

function describe({ departure, arrival }: Flight): string {
  const late = arrival.delay < 0 ? `${-arrival.delay} min early` : `${arrival.delay} min late`;
  return `${departure.airport} ${departure.time} → ${arrival.airport} ${late}`;
}
