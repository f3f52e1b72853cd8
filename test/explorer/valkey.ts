import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localEnvironment } from '../../lib/environment.ts';
import { startValkey } from '../../local/embedded/valkey.ts';

/** Of the 16 that a server has. */
const DATABASES = 8;

/** A Valkey for schedules: where it is, as `laneOf` takes it. */
export interface ExploredValkey {
  readonly where: string;
  /** How many databases can be used beside each other. */
  readonly databases: number;
  stop(): Promise<void>;
}

/** Starts the server that the machine has; a real one is reached by a socket of its own, which takes less time. */
export async function startExploredValkey(): Promise<ExploredValkey> {
  const { valkeyServer, searchPath } = localEnvironment();
  const directory = mkdtempSync(join(tmpdir(), 'write-behind-explorer-'));
  const socket = join(directory, 'valkey.sock');
  const server = await startValkey({ server: valkeyServer, searchPath, args: ['--unixsocket', socket] });
  // The server in pure JavaScript has one database, whatever is selected, and listens on no socket.
  const isReal = server.kind !== 'js-redis-server';
  return {
    where: isReal ? socket : server.url,
    databases: isReal ? DATABASES : 1,
    async stop() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
