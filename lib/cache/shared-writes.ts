import type { Cluster, Redis } from 'ioredis';

/** So many that a system call costs each of them little, and so few that Valkey works on these while the next ones are made. */
const COMMANDS_PER_WRITE = 4;

/**
 * Lets commands that are called in one turn of the event loop share writes to the socket. An automatic pipeline of ioredis does so too, but
 * has one pipeline under way: Valkey then waits while this process works, and this process while Valkey does.
 */
export class SharedWrites<C extends Redis | Cluster = Redis | Cluster> {
  readonly #client: C;
  #held: Redis['stream'] | undefined;
  #commands = 0;
  #turn: NodeJS.Immediate | undefined;

  /** @param client writes of a cluster's client go to many sockets and are not shared */
  constructor(client: C) {
    this.#client = client;
  }

  /** Calls a command; what it writes before it returns may be held back until this turn ends. */
  run<T>(command: (client: C) => Promise<T>): Promise<T> {
    if (!this.#held) this.#hold();
    const reply = command(this.#client);
    this.#commands += 1;
    if (this.#commands === COMMANDS_PER_WRITE) this.#send();
    return reply;
  }

  #hold(): void {
    this.#commands = 0;
    if ('nodes' in this.#client) return;
    // Until it connects for the first time there is none.
    this.#held = this.#client.stream as Redis['stream'] | undefined;
    this.#held?.cork();
    this.#turn ??= setImmediate(() => this.#send());
  }

  #send(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
    this.#held?.uncork();
    this.#held = undefined;
  }
}
