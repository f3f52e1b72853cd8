import type { Config } from '../../lib/config.ts';
import { ServerProcess } from '../../local/embedded/server-process.ts';
import type { ItemWrite } from './item-writes.ts';

/** The flush function in a process of its own. */
export interface Flusher {
  /** The item writes since this was called last, in the order of their answers. */
  itemWrites(): Promise<ItemWrite[]>;
  stop(): Promise<void>;
}

/** Starts the flush function behind an event source, on the servers that `config` names. */
export async function startFlusher(config: Config): Promise<Flusher> {
  const server = await ServerProcess.run(
    'the flush',
    'bench/ways/flusher-child',
    [JSON.stringify(config)],
    console.error,
  );
  return {
    itemWrites: async () => (await (await fetch(`http://127.0.0.1:${server.port}`)).json()) as ItemWrite[],
    stop: () => server.stop(),
  };
}
