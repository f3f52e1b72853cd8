import type { FlushReport } from '../../lib/flush/report.ts';
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
    failed: (key, error) => log.warn('item-not-flushed', { key, error }),
    lost: (key, version) =>
      log.error('known-lost', { key, version, ...embeddedMetrics(cacheName, { KnownLost: 1 }, Date.now()) }),
    unreadable: ({ messageId }, error) => log.error('unreadable-message', { messageId, error }),
    deadLetterFailed: ({ messageId }, error) => log.error('dead-letter-not-sent', { messageId, ...described(error) }),
    delayFailed: ({ messageId }, error) => log.warn('back-off-not-set', { messageId, ...described(error) }),
  };
}

function described(error: unknown): { error: Error } | { reason: string } {
  return error instanceof Error ? { error } : { reason: String(error) };
}
