import type { FlushingState } from '../lib/flush/flushing.ts';
import { formatCount } from './format.ts';

/** Whether and how fast flushing goes on, in a line. */
export function flushingText({ paused, drain, limitPerSecond }: FlushingState): string {
  if (paused) {
    const { since, actor, reason } = paused;
    return `paused since ${since}${actor === undefined ? '' : ` by ${actor}`}${reason === undefined ? '' : `: ${reason}`}`;
  }
  const rates = [
    limitPerSecond === null ? '' : `at most ${formatCount(limitPerSecond)} items/s`,
    drain ? `what waits since before ${drain.since} at ${formatCount(drain.itemsPerSecond)} items/s` : '',
  ].filter((rate) => rate !== '');
  return rates.length > 0 ? rates.join(', ') : 'goes on';
}
