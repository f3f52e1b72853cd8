import type { DeadLetterReport } from '../../lib/dead-letters/report.ts';
import type { Log } from '../logger.ts';

/** Puts on record, as the log event `dead-letter-discarded`, who gave which write up and why; never its value. */
export function deadLetterLog(log: Log): DeadLetterReport {
  return { discarded: (letter) => log.warn('dead-letter-discarded', { ...letter }) };
}
