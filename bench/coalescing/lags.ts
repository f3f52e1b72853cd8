import { Latencies } from '../load/latencies.ts';
import type { ItemWrite } from '../ways/item-writes.ts';
import type { AcknowledgedWrite } from './floor.ts';

/** How long acknowledged writes waited until the table held them, or something newer. */
export interface Lags {
  readonly lags: Latencies;
  /** From the last acknowledgement to the last item write, ms. */
  readonly drainMs: number;
}

/**
 * Joins what was acknowledged with what was stored.
 *
 * @throws if an acknowledged write is not in the table
 */
export function lagsOf(writes: readonly AcknowledgedWrite[], stores: readonly ItemWrite[]): Lags {
  const storesOfKeys = Map.groupBy(
    stores.filter(({ stored }) => stored),
    ({ key }) => key,
  );
  const lags = new Latencies();
  for (const { key, version, at } of writes) {
    const store = storesOfKeys.get(key)?.find((each) => each.version >= version);
    if (!store) throw new Error(`Version ${version} of ${key} was acknowledged and is not stored.`);
    lags.add(Math.max(0, store.at - at));
  }
  const last = (times: readonly { readonly at: number }[]) => times.reduce((max, { at }) => Math.max(max, at), 0);
  return { lags, drainMs: Math.max(0, last(stores) - last(writes)) };
}
