import type { FlushingState } from '../lib/flush/flushing.ts';
import { formatCount } from './format.ts';

/** Whether and how fast flushing goes on, in a line. */
export function flushingText({ paused, drain, limitPerSecond }: FlushingState): string {
  if (paused) {
    const { since, actor, reason } = paused;
    return `paused since ${since}${actor === undefined ? '' : ` by ${actor}`}${reason === undefined ? '' : `: ${reason}`}`;
  }
  const rates = [
    limitPerSecond === null ? '' : `at most ${rateText(limitPerSecond)}`,
    drain ? `what waits since before ${drain.since} at ${rateText(drain.itemsPerSecond)}` : '',
  ].filter((rate) => rate !== '');
  return rates.length > 0 ? rates.join(', ') : 'goes on';
}

function rateText(perSecond: number): string {
  return `${formatCount(perSecond)} ${perSecond === 1 ? 'item' : 'items'}/s`;
}
