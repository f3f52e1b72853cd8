import type { FlushingState } from '../flush/flushing.ts';
import type { JsonObject } from '../model/json.ts';

/** The 50th and 99th percentile of a histogram, ms; `null` while it is empty. Buckets are about 19 % wide. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** Messages of the queue, as SQS counts them (approximate on AWS). */
export interface QueueDepth {
  readonly visible: number;
  readonly delayed: number;
  readonly inFlight: number;
}

/** A store that failed; what became of the item then is not said here. */
export interface RecentFailure {
  readonly key: string;
  /** In words that hold nothing of the item's value. */
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Counters over all instances since `since`, and what is waiting now. */
export interface Stats {
  readonly dirtyItems: number;
  readonly maxDirtyItems: number;
  readonly parkedItems: number;
  /** How long the oldest dirty item that is not parked has waited, ms. */
  readonly oldestLagMs: number;
  readonly queue: QueueDepth;
  /** Whether flushing is paused, and what limits its rate. */
  readonly flushing: FlushingState;
  readonly deadLetters: number;
  readonly writes: { readonly cache: number; readonly queue: number; readonly database: number };
  readonly reads: {
    readonly hits: number;
    readonly misses: number;
    /** Reads that refreshed an entry about to expire; the failed ones are among them. */
    readonly refreshes: number;
    readonly refreshesFailed: number;
  };
  readonly signals: number;
  readonly itemsStored: number;
  readonly storedPerMinute: number;
  /** ISO 8601, or `null` before the first store. */
  readonly lastStoredAt: string | null;
  /** Claims that found the version already stored. */
  readonly skipped: number;
  /** Stores that met a newer version, and entries dropped because the cache had been rolled back. */
  readonly stale: number;
  /** Stores that failed, retried ones included. */
  readonly failed: number;
  /** The latest of them, newest first, at most 20; Valkey may forget them when it is full, and does a day after the last of a shard. */
  readonly recentFailures: readonly RecentFailure[];
  /** Acknowledged `cache` writes known to be lost with Valkey's data. */
  readonly knownLost: number;
  /** Changes that other programs made in the table, of collections that look (setting `otherWriters`). */
  readonly foreignChanges: number;
  /** Those of them that met a state of the cache which was not in the table yet, or came over them before they were seen: one of two values lost. */
  readonly conflicts: number;
  /** Writes per item stored; `null` before the first store. */
  readonly coalescingRatio: number | null;
  readonly writeLatencyMs: Percentiles;
  readonly lagMs: Percentiles;
  readonly batchMs: Percentiles;
  /** ISO 8601 of the first write counted, or `null`. */
  readonly since: string | null;
}

/** State of one dependency or measure. */
export interface HealthCheck {
  readonly status: 'ok' | 'degraded' | 'down';
  /** What was seen, in words that reveal no internals. */
  readonly detail?: string;
}

/** `down` only when writes cannot be accepted. */
export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly checks: {
    readonly valkey: HealthCheck;
    readonly queue: HealthCheck;
    readonly database: HealthCheck;
    readonly backlog: HealthCheck;
    /** `degraded` while flushing is paused. */
    readonly flushing: HealthCheck;
  };
}

/** What the cache or the database holds of an item. */
export interface ConsistencySide {
  /** µs since the epoch; 0 for an item that another program stored without one. */
  readonly version: number;
  /** `null`: deleted. */
  readonly value: JsonObject | null;
  /** Who wrote it and why, as the caller said. */
  readonly actor?: string;
  readonly comment?: string;
}

/** Cache and database side by side. */
export interface Consistency {
  readonly key: string;
  /** Whether both hold the same version and value. */
  readonly consistent: boolean;
  /** `null`: not cached. */
  readonly cache: ConsistencySide | null;
  /** `null`: not stored. */
  readonly database: ConsistencySide | null;
  readonly lagMs: number;
  /** Why DynamoDB refused the item for good. */
  readonly parked?: string;
}

/** What a drain (flush-now or sweep) did. */
export interface DrainReport {
  readonly flushed: number;
  readonly failed: number;
  /** At most 100. */
  readonly failures: readonly { readonly key: string; readonly reason: string }[];
  /** Requests to the database; those that store appends store several items. */
  readonly databaseCalls: number;
  /** Dirty items left, of those that were asked for, parked ones not counted. */
  readonly remaining: number;
}
