import type { Redis } from 'ioredis';
import { type ScriptName, Valkey } from '../../../lib/cache/valkey.ts';

type Command<T> = Parameters<typeof Valkey.prototype.run<T>>[0];

/** How a {@link ScheduledValkey} is held back and heard. */
export interface ValkeySeam {
  /** Holds a step back, and carries it out when it is its turn. */
  step<T>(what: string, perform: () => Promise<T>): Promise<T>;
  /** Hears of every script that Valkey ran, also of one whose answer gets lost. */
  ran(script: ScriptName, args: readonly (string | number)[], reply: unknown): void;
}

/** The product's Valkey, each of its scripts and commands a step of the schedule, carried out by a real server. */
export class ScheduledValkey extends Valkey {
  readonly #seam: ValkeySeam;
  #isTurn = false;

  constructor(client: Redis, seam: ValkeySeam) {
    super(client);
    this.#seam = seam;
  }

  override script(name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.#seam.step(`script ${name} ${shown(name, args)}`, async () => {
      const reply = await this.#inTurn(() => super.script(name, keys, args));
      this.#seam.ran(name, args, reply);
      return reply;
    });
  }

  override run<T>(command: Command<T>): Promise<T> {
    if (this.#isTurn) return super.run(command);
    // A plain command is known by the call that it is made with.
    const what = /\.([a-z]+)\(/.exec(command.toString())?.[1] ?? 'command';
    return this.#seam.step(what, () => this.#inTurn(() => super.run(command)));
  }

  /** A script is a command in the end: only the outer one is a step. */
  #inTurn<T>(perform: () => Promise<T>): Promise<T> {
    this.#isTurn = true;
    try {
      return perform();
    } finally {
      this.#isTurn = false;
    }
  }
}

/** The arguments that a reader of the trace wants to see; tokens differ from run to run. */
function shown(name: ScriptName, args: readonly (string | number)[]): string {
  if (name === 'lease' || name === 'release') return '';
  if (name === 'fill') return `version ${args[1]}`;
  if (name === 'write') return args.slice(0, 3).join(' ');
  return name === 'settle' ? [args[0], args[1], args[4]].join(' ') : args.slice(0, name === 'read' ? 1 : 2).join(' ');
}
