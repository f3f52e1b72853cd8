import { Logger } from '@aws-lambda-powertools/logger';

/** The part of a Powertools logger that the handlers use. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

// On standard error everywhere: the local stack keeps standard output for one line, and Lambda collects both streams alike.
class StandardErrorLogger extends Logger {
  protected override printLog(_level: number, item: Parameters<Logger['printLog']>[1]): void {
    item.prepareForPrint();
    process.stderr.write(`${JSON.stringify(item.getAttributes(), this.getJsonReplacer())}\n`);
  }
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
