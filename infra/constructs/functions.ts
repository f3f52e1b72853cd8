import { StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CacheFunction, type CacheFunctionProps } from './function.ts';
import type { PostgresDatabase } from './store/postgres-database.ts';

/** API Gateway waits no longer. */
const API_TIMEOUT_SECONDS = 29;
/** Less than the shortest schedule, so that sweeps do not pile up. */
const SWEEP_TIMEOUT_SECONDS = 55;
const STREAM_TIMEOUT_SECONDS = 30;
const STREAM_BATCH = 100;
const STREAM_BATCHES_AT_ONCE = 10;

/** What the functions of a cache have in common, and what sets them apart. */
interface FunctionsProps {
  readonly place: Pick<CacheFunctionProps, 'network' | 'tracing' | 'logRetention' | 'removalPolicy'>;
  readonly environment: Readonly<Record<string, string>>;
  /** Where the items are stored, if that is PostgreSQL. */
  readonly postgres: PostgresDatabase | undefined;
  readonly flushTimeoutSeconds: number;
  /** Whether there are tables to look at. */
  readonly hasStreams: boolean;
}

/** The functions of a cache. */
interface CacheFunctions {
  readonly api: CacheFunction;
  readonly flush: CacheFunction;
  readonly sweep: CacheFunction;
  readonly flushSwitch: CacheFunction;
  readonly stream: CacheFunction | undefined;
}

/** Makes the functions of a cache, which may do nothing yet. */
export function createFunctions(
  scope: Construct,
  { place, environment, postgres, flushTimeoutSeconds, hasStreams }: FunctionsProps,
): CacheFunctions {
  const database = postgres ? 'postgres' : 'dynamodb';
  const common = { ...place, environment, database } as const;
  // Memory buys CPU: callers wait for api; nobody waits for the others, which mostly wait themselves.
  return {
    api: new CacheFunction(scope, 'ApiFunction', {
      ...common,
      folder: 'api',
      description: 'Accepts writes into the cache and answers reads',
      memoryMegabytes: 1024,
      timeoutSeconds: API_TIMEOUT_SECONDS,
      reservedConcurrency: postgres?.maxApiConcurrency,
    }),
    flush: new CacheFunction(scope, 'FlushFunction', {
      ...common,
      folder: 'flush',
      description: 'Brings what the signals name from the cache into the table',
      memoryMegabytes: 512,
      timeoutSeconds: flushTimeoutSeconds,
    }),
    sweep: new CacheFunction(scope, 'SweepFunction', {
      ...common,
      folder: 'sweep',
      description: 'Flushes what stayed dirty too long; publishes lag and backlog',
      memoryMegabytes: 512,
      timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
    }),
    // Not in the network: Lambda cannot be reached from there without an endpoint that is paid for by the hour.
    flushSwitch: new CacheFunction(scope, 'SwitchFunction', {
      ...common,
      database: 'dynamodb',
      network: undefined,
      folder: 'switch',
      description: 'Pauses and resumes the flush',
      memoryMegabytes: 256,
      timeoutSeconds: API_TIMEOUT_SECONDS,
      // Nobody waits for it, and it runs every minute.
      tracing: false,
    }),
    stream: hasStreams
      ? new CacheFunction(scope, 'StreamFunction', {
          ...common,
          folder: 'stream',
          description: 'Brings what other programs change in the tables into the cache',
          memoryMegabytes: 512,
          timeoutSeconds: STREAM_TIMEOUT_SECONDS,
          // It follows no request.
          tracing: false,
        })
      : undefined,
  };
}

/** Lets the stream function see what changes in the tables. */
export function watchStreams(stream: CacheFunction, streamArns: readonly string[]): void {
  for (const [index, eventSourceArn] of streamArns.entries()) {
    stream.function
      .addEventSourceMapping(`Changes${index}`, {
        eventSourceArn,
        startingPosition: StartingPosition.LATEST,
        batchSize: STREAM_BATCH,
        // Items keep their order; a change is to be seen within a second, also after many.
        parallelizationFactor: STREAM_BATCHES_AT_ONCE,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
      })
      .node.addDependency(stream.role);
  }
}
