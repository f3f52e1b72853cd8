import type { System } from './system.ts';
import { watchedClients } from './watched-clients.ts';

/** An instance whose database reads are counted, and wait, the answer in hand, until `release` is called. */
export async function slowReader(system: System) {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: loaded, resolve: load } = Promise.withResolvers<void>();
  const clients = watchedClients(system.config, {
    after: ({ command }) => {
      if (command !== 'GetItemCommand') return undefined;
      load();
      return released;
    },
  });
  return { cache: await system.another({ clients }), clients, loaded, release };
}
