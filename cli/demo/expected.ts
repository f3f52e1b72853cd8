import { isDeepStrictEqual } from 'node:util';
import type { FlightRecord } from './flight-records.ts';

/** Items by key: what a table holds, or is to hold. */
export type Items = Map<string, Record<string, unknown>>;

/**
 * What the table must hold after a replay, straight from the records: it shares no code with the operations of the replay.
 *
 * @param records in the order of time
 */
export function expectedItems(records: readonly FlightRecord[]): Items {
  const items: Items = new Map();
  const delays = new Map<string, number[]>();
  const note = (key: string, delay: number): void => {
    const own = delays.get(key);
    if (own) own.push(delay);
    else delays.set(key, [delay]);
  };
  for (const { origin, destination, delay } of records) {
    note(`airports/${origin}`, delay);
    note(`routes/${origin}-${destination}`, delay);
  }
  for (const [key, own] of delays) {
    items.set(key, {
      departures: own.length,
      totalDelay: own.reduce((sum, delay) => sum + delay, 0),
      worstDelay: own.reduce((worst, delay) => Math.max(worst, delay)),
    });
  }
  for (const [key, item] of latestDepartures(records, 'departures')) items.set(key, item);
  return items;
}

/** The latest departure of each route, as items of `collection`. */
export function latestDepartures(records: readonly FlightRecord[], collection: string): Items {
  const items: Items = new Map();
  for (const { row, date, origin, destination, distance, delay } of records) {
    items.set(`${collection}/${origin}-${destination}`, { record: row, date, origin, destination, distance, delay });
  }
  return items;
}

/** One way in which the table is not what it has to be. */
export interface Difference {
  readonly key: string;
  readonly kind: 'missing' | 'extra' | 'different';
  readonly expected: Record<string, unknown> | undefined;
  readonly stored: Record<string, unknown> | undefined;
}

/** Everything that differs: nothing is tolerated. */
export function differences(expected: Items, stored: Items): Difference[] {
  const found: Difference[] = [];
  for (const [key, item] of expected) {
    const actual = stored.get(key);
    if (!actual) found.push({ key, kind: 'missing', expected: item, stored: undefined });
    else if (!isDeepStrictEqual(item, actual)) found.push({ key, kind: 'different', expected: item, stored: actual });
  }
  for (const [key, item] of stored) {
    if (!expected.has(key)) found.push({ key, kind: 'extra', expected: undefined, stored: item });
  }
  return found;
}
