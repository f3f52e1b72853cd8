import type { Latencies } from '../../bench/load/latencies.ts';
import type { ApiClient } from './api-client.ts';
import { BatchWriter } from './batch-writer.ts';
import type { FlightRecord } from './flight-records.ts';
import { laneRecords } from './lanes.ts';
import { departureOf, operationsOf } from './operations.ts';
import type { Pace } from './pace.ts';

/** Requests under way at the same time. */
export const LANES = 4;
/** Three operations each; the API takes 100 in a batch. */
const RECORDS_PER_BATCH = 33;

/** What a part of the replay has done. */
export interface Replayed {
  /** Operations acknowledged, each counted once. */
  readonly writes: number;
  readonly latencies: Latencies;
  /** Requests repeated. */
  readonly retries: number;
  /** From the first request to the last answer, ms. */
  readonly ms: number;
}

/**
 * Replays records through the API's batches, in order for each key, at `cache` level.
 *
 * @param run makes the idempotency keys differ from those of an earlier run
 * @param progress hears how many more records are acknowledged
 * @param pace may hold the lanes back
 */
export async function replay(
  api: ApiClient,
  records: readonly FlightRecord[],
  run: string,
  progress: (records: number) => void,
  pace: Pace,
): Promise<Replayed> {
  return await inLanes(api, records, async (writer, lane) => {
    let writes = 0;
    for (let start = 0; start < lane.length; start += RECORDS_PER_BATCH) {
      const batch = lane.slice(start, start + RECORDS_PER_BATCH);
      const operations = batch.flatMap((record) => operationsOf(record, run));
      await pace.turn();
      await writer.write(operations);
      writes += operations.length;
      progress(batch.length);
    }
    return writes;
  });
}

/** Writes the departures of a sample by one PUT each, in order for each key. */
export async function replaySample(
  api: ApiClient,
  records: readonly FlightRecord[],
  collection: string,
  level: 'cache' | 'database',
): Promise<Replayed> {
  return await inLanes(api, records, async (writer, lane) => {
    for (const record of lane) {
      await writer.put(`/items/${collection}/${record.origin}-${record.destination}`, departureOf(record), level);
    }
    return lane.length;
  });
}

async function inLanes(
  api: ApiClient,
  records: readonly FlightRecord[],
  run: (writer: BatchWriter, lane: readonly FlightRecord[]) => Promise<number>,
): Promise<Replayed> {
  const writer = new BatchWriter(api);
  const startedAt = performance.now();
  const writes = await Promise.all(laneRecords(records, LANES).map((lane) => run(writer, lane)));
  return {
    writes: writes.reduce((sum, own) => sum + own, 0),
    latencies: writer.latencies,
    retries: writer.retries,
    ms: performance.now() - startedAt,
  };
}
