/** Of a log event. */
export interface LogEvent {
  readonly level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  /** The functions that write it. */
  readonly from: readonly ('api' | 'flush' | 'sweep' | 'stream' | 'switch')[];
}

const CACHES = ['api', 'flush', 'sweep'] as const;
const ALL = [...CACHES, 'stream', 'switch'] as const;

/** Every event that the functions log, by the name that it keeps; docs/observability.md says what each has. */
export const logEvents = {
  request: { level: 'INFO', from: ['api', 'switch'] },
  parameters: { level: 'DEBUG', from: ['api', 'switch'] },
  'not-available': { level: 'WARN', from: ['api', 'switch'] },
  'unexpected-error': { level: 'ERROR', from: ['api', 'switch'] },
  'dead-letter-discarded': { level: 'WARN', from: ['api'] },
  flush: { level: 'INFO', from: ['flush'] },
  'item-not-flushed': { level: 'WARN', from: ['flush'] },
  'item-parked': { level: 'ERROR', from: CACHES },
  'known-lost': { level: 'ERROR', from: ['flush'] },
  'unreadable-message': { level: 'ERROR', from: ['flush'] },
  'dead-letter-not-sent': { level: 'ERROR', from: ['flush'] },
  'back-off-not-set': { level: 'WARN', from: ['flush'] },
  sweep: { level: 'INFO', from: ['sweep'] },
  stream: { level: 'INFO', from: ['stream'] },
  'table-change-not-seen': { level: 'WARN', from: ['stream'] },
  'flush-paused': { level: 'WARN', from: ['switch'] },
  'flush-resumed': { level: 'WARN', from: ['switch'] },
  'flush-is-paused': { level: 'INFO', from: ['switch'] },
  'aws-call': { level: 'DEBUG', from: ALL },
  notice: { level: 'WARN', from: ALL },
} as const satisfies Readonly<Record<string, LogEvent>>;

/** Name of a log event. */
export type LogEventName = keyof typeof logEvents;
/** Names of the events of a level. */
export type LogEventAt<Level extends LogEvent['level']> = {
  [Name in LogEventName]: (typeof logEvents)[Name]['level'] extends Level ? Name : never;
}[LogEventName];
