import type { DeadLetterReport } from '../../lib/dead-letters/report.ts';
import type { Log } from '../logger.ts';

/** Puts on record, as the log event `dead-letter-discarded`, who gave which write up and why; never its value, which the letter's reason may quote. */
export function deadLetterLog(log: Log): DeadLetterReport {
  return { discarded: ({ reason: _mayQuote, ...letter }) => log.warn('dead-letter-discarded', { ...letter }) };
}
