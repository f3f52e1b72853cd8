import type { FlushingReport } from '../lib/flush/flushing.ts';
import type { Log } from './logger.ts';

/** Puts on record, as the log events `flush-paused` and `flush-resumed`, who pauses flushing and why, and how it goes on. */
export function flushingLog(log: Log): FlushingReport {
  return {
    paused: (pause) => log.warn('flush-paused', { ...pause }),
    resumed: (pause, drain) => log.warn('flush-resumed', { pause, drain }),
  };
}
