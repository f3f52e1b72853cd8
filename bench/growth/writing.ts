import type { WriteBehind } from '../../lib/write-behind.ts';
import type { System } from '../../test/support/system.ts';
import { type Compared, compare } from '../compare.ts';
import { inLanes } from '../lanes.ts';
import type { Extent } from '../section.ts';
import { libraryBatch, libraryPut } from '../ways/library.ts';
import { inCircle, type Put } from '../ways/puts.ts';
import { bareValkey, recordFrom, replay } from '../ways/replay.ts';

const LANES = 16;
const BATCH = 100;

/** Puts of the library, all of keys that are dirty already, beside the bare calls of the same. */
export interface WriteRates {
  readonly bare: Compared;
  readonly library: Compared;
}

/**
 * Puts at `cache` level, 16 at once, beside the bare limit.
 *
 * @param connect makes the library's instance for a Valkey; the same as the one whose puts are measured
 */
export async function writeRates(
  system: System,
  connect: (valkeyUrl: string) => Promise<WriteBehind>,
  puts: readonly Put[],
  { quick, repeats }: Extent,
): Promise<WriteRates> {
  const seconds = quick ? 0.02 : 0.3;
  const { url } = system.servers.valkey;
  const cache = await connect(url);
  await makeDirty(cache, puts);
  const recorded = await recordFrom(url, connect, LANES, puts, (instance) => libraryPut(instance, 'cache'));
  const redis = bareValkey(url);
  const next = inCircle(puts);
  const put = libraryPut(cache, 'cache');
  const itemsEach = recorded.writes / recorded.calls.length;
  const [bare, library] = await compare(
    [
      {
        name: 'bare EVALSHA',
        run: () => inLanes({ lanes: LANES, seconds, itemsEach }, replay(redis, recorded)),
      },
      { name: 'library', run: () => inLanes({ lanes: LANES, seconds }, () => put(next())) },
    ],
    { repeats },
  );
  redis.client.disconnect();
  return { bare: bare!, library: library! };
}

/** Puts, in batches as large as their values allow. */
export async function makeDirty(cache: WriteBehind, puts: readonly Put[]): Promise<void> {
  const each = Math.max(1, Math.min(BATCH, Math.floor(5_000_000 / (puts[0]?.value.payload.length ?? 1))));
  const put = libraryBatch(cache, 'cache');
  for (let start = 0; start < puts.length; start += each) await put(puts.slice(start, start + each));
}
