import { createHash } from 'node:crypto';
import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { Cluster, Redis } from 'ioredis';
import { CacheDamagedError, CacheOutcomeUnknownError, CacheUnavailableError, NoRoomError } from '../errors.ts';
import { scripts } from './scripts.generated.ts';
import { SharedWrites } from './shared-writes.ts';

export type ScriptName = keyof typeof scripts;

const shaOf = Object.fromEntries(
  Object.entries(scripts).map(([name, { source }]) => [name, createHash('sha1').update(source).digest('hex')]),
) as Record<ScriptName, string>;

const FAILURES_THAT_OPEN = 5;
const HALF_OPEN_AFTER_MS = 1000;
/** Refusals that Valkey gives before it runs anything. */
const REFUSED =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN|MOVED|ASK|BUSY|MISCONF|NOAUTH|WRONGPASS|NOPERM|Too many Cluster redirections)\b/;
/** What ioredis says of a command that it never wrote to a socket. */
const NOT_SENT = / and enableOfflineQueue options is false$/;

/**
 * Runs commands and scripts on Valkey behind a circuit breaker, with errors that say whether a command can have been
 * executed. Nothing is ever sent twice, but for a script that Valkey did not know and therefore did not run.
 */
export class Valkey {
  readonly client: Redis | Cluster;
  readonly #writes: SharedWrites;
  readonly #breaker = circuitBreaker(handleWhen(isValkeyAway), {
    halfOpenAfter: HALF_OPEN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_THAT_OPEN),
  });

  constructor(client: Redis | Cluster) {
    this.client = client;
    this.#writes = new SharedWrites(client);
  }

  /** Makes the scripts known to Valkey ahead of the first calls, which would otherwise send each of them whole. */
  async loadScripts(): Promise<void> {
    const nodes = 'nodes' in this.client ? this.client.nodes('master') : [this.client];
    const sources = Object.values(scripts).map(({ source }) => source);
    try {
      await Promise.all(nodes.flatMap((node) => sources.map((source) => node.script('LOAD', source))));
    } catch (error) {
      // Without Valkey there is nothing to load; the first call of each script sends it.
      if (!isValkeyAway(translated(error))) throw error;
    }
  }

  /**
   * Runs a script.
   *
   * @throws {CacheUnavailableError} it was certainly not executed
   * @throws {CacheOutcomeUnknownError} the connection was cut or timed out while it ran
   * @throws {NoRoomError} Valkey is out of memory; nothing was changed
   * @throws {CacheDamagedError} what Valkey holds is of another kind than the script expects
   */
  script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.run(async (client) => {
      try {
        return await client.evalsha(shaOf[name], keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return await client.eval(scripts[name].source, keys.length, ...keys, ...args);
      }
    });
  }

  /** Runs plain commands; throws as `script` does. */
  async run<T>(command: (client: Redis | Cluster) => Promise<T>): Promise<T> {
    try {
      return await this.#breaker.execute(async () => {
        try {
          return await this.#writes.run(command);
        } catch (error) {
          throw translated(error);
        }
      });
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        throw new CacheUnavailableError('Valkey failed several times in a row; not asked.', {}, { cause: error });
      }
      throw error;
    }
  }
}

/** Whether an error means that Valkey is away or cut the connection, not that it answered. */
export function isValkeyAway(error: unknown): error is CacheUnavailableError | CacheOutcomeUnknownError {
  return error instanceof CacheUnavailableError || error instanceof CacheOutcomeUnknownError;
}

function translated(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message } = error;
  if (message.startsWith('OOM')) return new NoRoomError('Valkey is out of memory.', 1, { cause: error });
  if (NOT_SENT.test(message)) return new CacheUnavailableError('Valkey is not connected.', {}, { cause: error });
  if (REFUSED.test(message)) return new CacheUnavailableError('Valkey refuses commands.', {}, { cause: error });
  // Any other reply is Valkey's answer to a command that is wrong in itself: no outage.
  if (error.name === 'ReplyError') {
    return new CacheDamagedError('Valkey refuses a command: what it holds may be damaged.', {}, { cause: error });
  }
  return new CacheOutcomeUnknownError('The connection to Valkey failed while a command ran.', {}, { cause: error });
}
