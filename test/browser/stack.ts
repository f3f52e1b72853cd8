import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll } from 'vitest';
import { WriteBehindClient } from '../../client/index.ts';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, type StackOptions, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { puts, refused } from '../support/refusals.ts';
import { watchedClients } from '../support/watched-clients.ts';

/** Audited and listable. */
export const AUDITED = 'flights';

/** A local stack with the console, whose table refuses what a test says. */
export interface ConsoleStack {
  readonly stack: LocalStack;
  readonly url: string;
  readonly api: WriteBehindClient;
  /** Keys of items that the table refuses. */
  readonly refusing: Set<string>;
}

/** Starts one; nothing is retried, so that what is refused becomes a dead letter at once. */
export async function startConsoleStack(options: Partial<StackOptions> = {}): Promise<ConsoleStack> {
  const refusing = new Set<string>();
  const stack = await startStack({
    environment: localEnvironment(),
    console: true,
    cacheOptions: (config) => ({
      clients: watchedClients(config, {
        before: (request) => {
          if (puts(request, ...refusing)) throw refused();
        },
      }),
    }),
    log: () => undefined,
    logLevel: 'SILENT',
    ...options,
    settings: {
      ...patient,
      windowSeconds: 1,
      refusedRetrySeconds: [],
      collections: { [AUDITED]: { audited: true, listable: true } },
      ...options.settings,
    },
  });
  return { stack, url: stack.url, api: new WriteBehindClient({ url: stack.url }), refusing };
}

/** One for the tests of a file. */
export function useConsoleStack(options: Partial<StackOptions> = {}): () => ConsoleStack {
  let started: ConsoleStack | undefined;
  beforeAll(async () => {
    started = await startConsoleStack(options);
  });
  afterAll(() => started?.stack.stop());
  return () => started!;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
