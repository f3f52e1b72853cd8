import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { Cache } from '../cache/cache.ts';
import { isValkeyAway } from '../cache/valkey.ts';
import { CREATED, LIST_INDEX, LIST_PARTITION } from '../store/list-index.ts';
import { sendTo } from '../store/requests.ts';
import { newestFirst, type Place } from './place.ts';

/** Gives places in portions, the newest first. */
export type Source = AsyncGenerator<readonly Place[], void>;

/**
 * Places that one of so many sources is to give at a time: twice what each gives on average, so that hardly any is asked a second time.
 *
 * @param limit places that are wanted in all
 */
export function portionOf(limit: number, sources: number): number {
  return Math.ceil((2 * limit) / sources) + 4;
}

/**
 * The recently created items that one shard of Valkey keeps; none while Valkey is away: reads come from the table then.
 *
 * @param set name of the shard's set
 * @param from not those created after this version
 * @param portion places at a time
 */
export async function* recentItems(cache: Cache, set: string, from: number, portion: number): Source {
  for (let next = from; ; ) {
    let places: readonly Place[];
    try {
      places = await cache.indexes.recent(set, next, portion);
    } catch (error) {
      if (isValkeyAway(error)) return;
      throw error;
    }
    yield places;
    if (places.length < portion) return;
    // The versions of a shard differ from each other.
    next = places.at(-1)!.created - 1;
  }
}

/**
 * The items in one partition of the table's index.
 *
 * @throws {StoreUnavailableError}
 */
export async function* indexedItems(
  client: DynamoDBClient,
  tableName: string,
  partition: string,
  from: number,
  portion: number,
): Source {
  const pages = paginateQuery(
    { client, pageSize: portion },
    {
      TableName: tableName,
      IndexName: LIST_INDEX,
      KeyConditionExpression: '#partition = :partition AND #created <= :from',
      ExpressionAttributeNames: { '#partition': LIST_PARTITION, '#created': CREATED },
      ExpressionAttributeValues: { ':partition': { S: partition }, ':from': { N: String(from) } },
      ScanIndexForward: false,
    },
  );
  let held: Place[] = [];
  for (;;) {
    const { value, done } = await sendTo('DynamoDB', () => pages.next());
    if (done) break;
    const places = (value.Items ?? []).map((item) => ({ created: Number(item[CREATED]?.N), key: item.pk?.S ?? '' }));
    held.push(...places);
    // The index leaves the order of items that were created at the same time open: the last ones wait for their like.
    const last = held.at(-1)?.created;
    yield held.filter(({ created }) => created !== last).sort(newestFirst);
    held = held.filter(({ created }) => created === last);
  }
  yield held.sort(newestFirst);
}

/** All places of several sources, the newest first, each once. */
export async function* merged(sources: readonly Source[]): AsyncGenerator<Place, void> {
  const heads = await Promise.all(
    sources.map(async (source) => ({ source, places: await nextPortion(source), next: 0 })),
  );
  let last: Place | undefined;
  for (;;) {
    let newest: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next === head.places.length) continue;
      if (!newest || newestFirst(head.places[head.next]!, newest.places[newest.next]!) < 0) newest = head;
    }
    if (!newest) return;
    const place = newest.places[newest.next]!;
    newest.next += 1;
    if (newest.next === newest.places.length) {
      newest.places = await nextPortion(newest.source);
      newest.next = 0;
    }
    if (!last || newestFirst(last, place) !== 0) yield place;
    last = place;
  }
}

/** The next portion with anything in it; an empty one at the end. */
async function nextPortion(source: Source): Promise<readonly Place[]> {
  for (;;) {
    const { value, done } = await source.next();
    if (done) return [];
    if (value.length > 0) return value;
  }
}
