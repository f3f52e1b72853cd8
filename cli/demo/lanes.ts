import type { FlightRecord } from './flight-records.ts';

/**
 * Deals the records out to lanes that may run beside each other, each strictly in order.
 *
 * Every key that a record touches (`airports/{origin}`, `routes/{origin}-…`, `departures/{origin}-…`) holds its origin, and
 * an origin is in one lane only. So all operations of a key are in one lane, a lane keeps the order of the records and has
 * one request under way, and a batch applies the operations of a key in order: each key sees its operations in the order
 * of the records, whatever the other lanes do.
 *
 * Origins go to the lane with the fewest records so far, the busiest first, so that all lanes get through time about
 * equally fast.
 */
export function laneRecords(records: readonly FlightRecord[], lanes: number): FlightRecord[][] {
  const byOrigin = [...Map.groupBy(records, ({ origin }) => origin)].sort(([, a], [, b]) => b.length - a.length);
  const laneOf = new Map<string, number>();
  const loads = Array.from({ length: lanes }, () => 0);
  for (const [origin, own] of byOrigin) {
    const lane = loads.indexOf(Math.min(...loads));
    laneOf.set(origin, lane);
    loads[lane]! += own.length;
  }
  const dealt: FlightRecord[][] = loads.map(() => []);
  for (const record of records) dealt[laneOf.get(record.origin)!]!.push(record);
  return dealt;
}
