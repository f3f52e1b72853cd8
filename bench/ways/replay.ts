import { Redis } from 'ioredis';
import { Keys } from '../../lib/cache/keys.ts';
import { SharedWrites } from '../../lib/cache/shared-writes.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { System } from '../../test/support/system.ts';
import { inLanes } from '../lanes.ts';
import type { PutOne } from './library.ts';
import { inCircle, type Put } from './puts.ts';
import { WireRecorder } from './wire-recorder.ts';

/** Calls of scripts as they went over the wire, and how many writes of the library they stand for. */
export interface Recorded {
  readonly calls: readonly (readonly string[])[];
  readonly writes: number;
}

/** Lets an instance like those of `system` write, and keeps what it sends to Valkey for it; see {@link recordFrom}. */
export function record(
  system: System,
  lanes: number,
  puts: readonly Put[],
  put: (cache: WriteBehind) => PutOne,
): Promise<Recorded> {
  const connect = (valkeyUrl: string) => system.another({}, {}, { valkeyUrl });
  return recordFrom(system.servers.valkey.url, connect, lanes, puts, put);
}

/**
 * Lets the library write in so many lanes, and keeps what it sends to Valkey for it.
 *
 * @param connect makes an instance for a Valkey
 * @param put how the library is asked
 * @throws where it sends anything but calls of scripts: the bare limit would then not be that of the same work
 */
export async function recordFrom(
  valkeyUrl: string,
  connect: (valkeyUrl: string) => Promise<WriteBehind>,
  lanes: number,
  puts: readonly Put[],
  put: (cache: WriteBehind) => PutOne,
): Promise<Recorded> {
  const recorder = await WireRecorder.start(valkeyUrl);
  const cache = await connect(recorder.url);
  try {
    recorder.take();
    const write = put(cache);
    await inLanes({ lanes, operations: puts.length }, (index) => write(puts[index]!));
    // Once a second it asks where the items are; no write waits for that.
    const { layout } = new Keys(1);
    const commands = recorder.take().filter(([name, key]) => !(name!.toLowerCase() === 'get' && key === layout));
    const other = commands.find(([name]) => name!.toLowerCase() !== 'evalsha');
    if (other) throw new Error(`The write path sends ${other[0]}: the bare limit has to do so too.`);
    return { calls: commands.map(([, ...args]) => args), writes: puts.length };
  } finally {
    await cache.close();
    await recorder.stop();
  }
}

/** A client of Valkey with nothing around it, but that its commands share writes to the socket as those of the library do. */
export interface BareValkey {
  readonly client: Redis;
  readonly writes: SharedWrites<Redis>;
}

/** Connects to Valkey. */
export function bareValkey(url: string): BareValkey {
  const client = new Redis(url, { protocol: 2 });
  return { client, writes: new SharedWrites(client) };
}

/** CPU time that Valkey has used so far, µs; `null` from a server that does not say. */
export async function valkeyCpu(client: Redis): Promise<number | null> {
  const info = await client.info('cpu');
  const used = [...info.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)].map(([, seconds]) => Number(seconds));
  return used.length > 0 ? 1e6 * used.reduce((a, b) => a + b) : null;
}

/** Makes recorded calls again, one each time; the same scripts, keys, arguments and payloads. */
export function replay({ writes }: BareValkey, { calls }: Recorded): () => Promise<unknown> {
  const next = inCircle(calls as [string, string, ...string[]][]);
  return () => writes.run((client) => client.evalsha(...next()));
}
