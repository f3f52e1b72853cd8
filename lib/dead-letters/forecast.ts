import { InvalidMessageError } from '../errors.ts';
import type { Consistency } from '../insight/types.ts';
import { isAhead } from '../model/version.ts';
import type { Signal } from '../queue/signal.ts';
import type { Letter } from './letter.ts';
import type { DeadLetterDetail, RedriveForecast } from './types.ts';

/** A letter with what it carries, beside its item, and what a redrive would lead to. */
export function detailOf(
  { summary, text, signal }: Letter,
  item: Consistency | undefined,
  nowMs: number,
): DeadLetterDetail {
  if (signal instanceof InvalidMessageError || !item) return { ...summary, text, redrive: 'refused' };
  const { version, image } = signal;
  return {
    ...summary,
    signal: {
      version,
      ...(image && { value: image.deleted ? null : image.value }),
      ...(image?.actor !== undefined && { actor: image.actor }),
      ...(image?.comment !== undefined && { comment: image.comment }),
    },
    item,
    redrive: forecast(signal, item, nowMs),
  };
}

/** As the flush decides: the newest of message and cache is stored, unless the table has that version or a newer one. */
function forecast({ version, image }: Signal, { cache, database }: Consistency, nowMs: number): RedriveForecast {
  if (database && database.version >= version) return 'nothing';
  if (cache && cache.version >= version) return 'stores';
  if (isAhead(version, nowMs)) return 'refused';
  return image ? 'stores' : 'lost';
}
