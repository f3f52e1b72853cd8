import type { FlushReport } from '../lib/flush/report.ts';
import { readTraceHeader } from '../lib/tracing/trace-header.ts';
import { describeError } from './describe-error.ts';
import type { Log } from './logger.ts';
import { embeddedMetrics } from './metrics.ts';

/**
 * Turns what goes wrong while flushing into log events with stable names; of an item only its key is ever written. A known
 * loss is a metric too.
 *
 * @param cacheName the setting `name`
 */
export function logReport(log: Log, cacheName: string): FlushReport {
  return {
    failed: (key, error, traceHeader) =>
      log.warn('item-not-flushed', { key, ...writtenIn(traceHeader), error: describeError(error) }),
    parked: (key, version, traceHeader) => log.error('item-parked', { key, version, ...writtenIn(traceHeader) }),
    lost: (key, version, traceHeader) =>
      log.error('known-lost', {
        key,
        version,
        ...writtenIn(traceHeader),
        ...embeddedMetrics(cacheName, { KnownLost: 1 }, Date.now()),
      }),
    unreadable: ({ messageId, traceHeader }, error) =>
      log.error('unreadable-message', { messageId, ...writtenIn(traceHeader), error: describeError(error) }),
    deadLetterFailed: ({ messageId, traceHeader }, error) =>
      log.error('dead-letter-not-sent', { messageId, ...writtenIn(traceHeader), error: describeError(error) }),
    delayFailed: ({ messageId, traceHeader }, error) =>
      log.warn('back-off-not-set', { messageId, ...writtenIn(traceHeader), error: describeError(error) }),
  };
}

/** The trace of the write: `traceId` is that of the function which logs. */
function writtenIn(traceHeader: string | undefined): { readonly writeTraceId?: string } {
  const writeTraceId = readTraceHeader(traceHeader)?.traceId;
  return writeTraceId ? { writeTraceId } : {};
}
