import type { PatchOperation, PutOperation } from '../../lib/model/operation.ts';
import type { FlightRecord } from './flight-records.ts';

/** An operation of the replay. */
export type ReplayOperation = PutOperation | PatchOperation;

/** The state of a route after this departure, as an item. */
export function departureOf({ row, date, delay, distance, origin, destination }: FlightRecord) {
  return { record: row, date, origin, destination, distance, delay };
}

/**
 * What one record does: three operations, none of them merged with those of another record.
 *
 * @param run makes the idempotency keys differ from those of an earlier run
 */
export function operationsOf(record: FlightRecord, run: string): ReplayOperation[] {
  const { row, delay, origin, destination } = record;
  const route = `${origin}-${destination}`;
  const counted = { add: { departures: 1, totalDelay: delay }, max: { worstDelay: delay } };
  const idempotencyKey = `${run}:${row}`;
  return [
    { op: 'put', key: `departures/${route}`, value: departureOf(record) },
    { op: 'patch', key: `airports/${origin}`, ...counted, idempotencyKey },
    { op: 'patch', key: `routes/${route}`, ...counted, idempotencyKey },
  ];
}
