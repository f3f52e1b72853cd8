import { Logger } from '@aws-lambda-powertools/logger';
import { type LogEventAt, logEvents } from './log-events.ts';

type Write<Name> = (event: Name, fields: Readonly<Record<string, unknown>>) => void;

/** Writes log events: each has a name and a level that it keeps, and fields of its own. */
export interface Log {
  readonly debug: Write<LogEventAt<'DEBUG'>>;
  readonly info: Write<LogEventAt<'INFO'>>;
  readonly warn: Write<LogEventAt<'WARN'>>;
  readonly error: Write<LogEventAt<'ERROR'>>;
}

type Item = Parameters<Logger['printLog']>[1];

// On standard error everywhere: the local stack keeps standard output for one line, and Lambda collects both streams alike.
class StandardErrorLogger extends Logger {
  protected override printLog(_level: number, item: Item): void {
    item.prepareForPrint();
    process.stderr.write(`${JSON.stringify(asEvent(item), this.getJsonReplacer())}\n`);
  }
}

/** A line with its name as `event`. On Lambda Powertools knows the trace of the invocation. */
function asEvent(item: Item): Record<string, unknown> {
  const {
    level,
    message,
    timestamp,
    xray_trace_id: traceId,
    sampling_rate: _notUsed,
    ...fields
  } = item.getAttributes();
  // What Powertools has to say by itself is no event of ours.
  const named = Object.hasOwn(logEvents, String(message)) ? { event: message } : { event: 'notice', message };
  return { level, ...named, timestamp, ...(traceId !== undefined && { traceId }), ...fields };
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Name of the function: `api`, `flush`, `sweep` or `switch`. */
  readonly service: string;
  /** Name of the cache, written with each line. @default none */
  readonly cache?: string;
  /** Least severe level that is written. @default `POWERTOOLS_LOG_LEVEL`, else INFO */
  readonly level?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
}

/** A structured logger that writes one JSON object a line to standard error. */
export function createLogger({ service, cache, level }: LoggerOptions): Log & Pick<Logger, 'getLevelName'> {
  return new StandardErrorLogger({
    serviceName: `write-behind-${service}`,
    ...(cache !== undefined && { persistentKeys: { cache } }),
    ...(level && { logLevel: level }),
  });
}
