import type { FlushReport } from '../../lib/flush/report.ts';
import { describeError } from '../describe-error.ts';
import type { Log } from '../logger.ts';
import { embeddedMetrics } from '../metrics.ts';

/**
 * Turns what goes wrong while flushing into log events with stable names; of an item only its key is ever written. A known
 * loss is a metric too.
 *
 * @param cacheName the setting `name`
 */
export function logReport(log: Log, cacheName: string): FlushReport {
  return {
    failed: (key, error) => log.warn('item-not-flushed', { key, error: describeError(error) }),
    lost: (key, version) =>
      log.error('known-lost', { key, version, ...embeddedMetrics(cacheName, { KnownLost: 1 }, Date.now()) }),
    unreadable: ({ messageId }, error) => log.error('unreadable-message', { messageId, error: describeError(error) }),
    deadLetterFailed: ({ messageId }, error) =>
      log.error('dead-letter-not-sent', { messageId, error: describeError(error) }),
    delayFailed: ({ messageId }, error) => log.warn('back-off-not-set', { messageId, error: describeError(error) }),
  };
}
