import { type LogEventName, logEvents } from '../../functions/log-events.ts';
import type { FunctionFolder } from '../function-bundle.ts';

/** A query that operators find in CloudWatch Logs Insights. */
export interface LogQuery {
  /** What it is called, behind the name of the cache. */
  readonly name: string;
  /** The functions whose logs are searched. */
  readonly of: readonly FunctionFolder[];
  /** In the query language of Logs Insights. */
  readonly text: string;
}

const CACHES = ['api', 'flush', 'sweep'] as const;
const ALL = [...CACHES, 'stream', 'switch'] as const;

/** Only these events; names that no function logs do not compile. */
function of(...events: LogEventName[]): string {
  return events.length === 1
    ? `filter event = '${events[0]}'`
    : `filter event in [${events.map((event) => `'${event}'`).join(', ')}]`;
}

/** What people do on purpose. */
const DELIBERATE: readonly LogEventName[] = ['dead-letter-discarded', 'flush-paused', 'flush-resumed'];

/** The events that nobody should have to see. */
const TROUBLE = (Object.keys(logEvents) as LogEventName[]).filter(
  (event) => !DELIBERATE.includes(event) && ['WARN', 'ERROR'].includes(logEvents[event].level),
);

/** Stand for what is looked for, and are to be replaced. */
const EXAMPLE_KEY = 'collection/id';
const EXAMPLE_TRACE = '1-00000000-000000000000000000000000';

/** The saved queries; docs/observability.md says of each what it answers. */
export const logQueries: readonly LogQuery[] = [
  {
    name: 'Slowest requests',
    of: ['api'],
    text: `fields @timestamp, durationMs, status, method, route, requestId, traceId
| ${of('request')}
| sort durationMs desc
| limit 50`,
  },
  {
    name: 'Requests by route and status',
    of: ['api'],
    text: `${of('request')}
| stats count(*) as requests, pct(durationMs, 50) as p50, pct(durationMs, 99) as p99, max(durationMs) as longest by method, route, status
| sort requests desc`,
  },
  {
    name: 'Failures by reason',
    of: ALL,
    text: `${of(...TROUBLE)}
| fields coalesce(error.cause.cause.name, error.cause.name, error.name) as reason
| stats count(*) as times, earliest(@timestamp) as firstAt, latest(@timestamp) as lastAt by event, error.code, reason
| sort times desc`,
  },
  {
    name: 'Items that fail',
    of: ['flush'],
    text: `${of('item-not-flushed')}
| stats count(*) as times, latest(error.message) as lastMessage, latest(@timestamp) as lastAt by key
| sort times desc
| limit 100`,
  },
  {
    name: 'Parked and discarded items',
    of: CACHES,
    text: `fields @timestamp, event, key, version, actor, caller, comment, writeTraceId
| ${of('item-parked', 'dead-letter-discarded', 'unreadable-message', 'dead-letter-not-sent')}
| sort @timestamp desc
| limit 200`,
  },
  {
    name: 'Known lost writes',
    of: ['flush'],
    text: `fields @timestamp, key, version, writeTraceId
| ${of('known-lost')}
| sort @timestamp desc
| limit 1000`,
  },
  {
    name: 'Life of one key',
    of: CACHES,
    text: `fields @timestamp, service, event, version, requestId, writeTraceId, error.code, error.message
| filter key = '${EXAMPLE_KEY}'
| sort @timestamp asc
| limit 1000`,
  },
  {
    name: 'One write from request to flush',
    of: CACHES,
    text: `fields @timestamp, service, event, status, durationMs, messages, failed, key, error.message
| filter @message like '${EXAMPLE_TRACE}'
| sort @timestamp asc
| limit 200`,
  },
  {
    name: 'Flush batches',
    of: ['flush'],
    text: `${of('flush')}
| stats count(*) as batches, sum(messages) as messageSum, avg(messages) as messagesPerBatch, sum(failed) as failedSum, pct(durationMs, 50) as p50, pct(durationMs, 99) as p99 by bin(1m) as minute
| sort minute desc`,
  },
  {
    name: 'Sweeps',
    of: ['sweep'],
    text: `fields @timestamp, Lag, DirtyItems, ParkedItems, flushed, failed, databaseCalls, remaining
| ${of('sweep')}
| sort @timestamp desc
| limit 200`,
  },
  {
    name: 'Cold starts',
    of: CACHES,
    text: `filter @type = 'REPORT' and ispresent(@initDuration)
| stats count(*) as starts, pct(@initDuration, 50) as p50, pct(@initDuration, 99) as p99, max(@initDuration) as longest, max(@maxMemoryUsed / 1000000) as megabytes by @log
| sort starts desc`,
  },
  {
    name: 'Calls to SQS and DynamoDB',
    of: CACHES,
    text: `${of('aws-call')}
| stats count(*) as calls by service, awsService, command
| sort calls desc`,
  },
];
