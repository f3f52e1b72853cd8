import type { Choices } from '../choices.ts';
import { inspect } from '../simulation/inspection.ts';
import type { World } from '../world.ts';
import { deliver, drain, redrive } from './functions.ts';

/** Something that can happen next. */
export interface Move {
  readonly happens: () => Promise<unknown> | unknown;
}

const FLUSHES_AT_ONCE = 2;
/** A lazy instance is overtaken by others for long. */
const LAZY_ONCE_IN = 8;
const ENDS_ONCE_IN = 4;

/** What happens without anybody failing: steps, deliveries, what operators and schedules start, what Valkey may forget. */
export class Moves {
  readonly #world: World;
  readonly #choices: Choices;
  readonly #left = { drains: 1, redrives: 3, evictions: 3, agings: 2 };
  /** Runs what is started, beside everything else. */
  readonly #start: (work: Promise<unknown>) => void;

  constructor(world: World, start: (work: Promise<unknown>) => void) {
    this.#world = world;
    this.#choices = world.choices;
    this.#start = start;
  }

  /** What must happen sooner or later; when there is nothing, all is at rest. */
  due(): Move[] {
    const world = this.#world;
    const moves: Move[] = this.#steps().map((task) => ({ happens: () => world.release(task) }));
    for (const queue of [world.queue, world.dead]) {
      const [left] = queue.inFlight().filter(({ holder }) => !world.running.has(holder!));
      if (left) {
        moves.push({
          happens: () => {
            world.happens(`${left.id} becomes visible again`);
            queue.release(left.receiptHandle!);
          },
        });
      }
    }
    const visible = world.queue.visible();
    if (visible.length > 0 && this.#runs('flush') < FLUSHES_AT_ONCE) {
      moves.push({ happens: () => this.#begin('messages are delivered', deliver(world, this.#some(visible))) });
    }
    // What is away stays away for a while.
    if (moves.length === 0 || this.#choices.onceIn(ENDS_ONCE_IN)) moves.push(...this.#ends());
    return moves;
  }

  /** What may happen besides, a few times in a schedule. */
  extra(): Move[] {
    const world = this.#world;
    const left = this.#left;
    const moves: Move[] = [{ happens: () => this.#evict() }, { happens: () => this.#grow() }];
    if (left.drains > 0) {
      moves.push({
        happens: () => {
          left.drains -= 1;
          this.#begin('dirty entries are drained', drain(world, this.#choices.onceIn(2)));
        },
      });
    }
    if (left.redrives > 0 && world.dead.visible().length > 0 && this.#runs('operator') === 0) {
      moves.push({
        happens: () => {
          left.redrives -= 1;
          this.#begin('an operator redrives', redrive(world));
        },
      });
    }
    return moves;
  }

  /** Outages end. */
  #ends(): Move[] {
    const world = this.#world;
    const back = () => {
      world.happens('Valkey is back');
      world.valkeyAway = false;
    };
    const taken = () => {
      world.happens('the table takes everything again');
      world.table.refusing.clear();
    };
    return [
      ...(world.valkeyAway ? [{ happens: back }] : []),
      ...(world.table.refusing.size > 0 ? [{ happens: taken }] : []),
    ];
  }

  #steps() {
    const { scheduler, running } = this.#world;
    const quick = scheduler.pending.filter(({ by }) => !running.get(by)?.lazy);
    if (quick.length === 0 || quick.length === scheduler.pending.length) return scheduler.pending;
    return this.#choices.onceIn(LAZY_ONCE_IN) ? scheduler.pending : quick;
  }

  #runs(role: string): number {
    return [...this.#world.running.keys()].filter((name) => name.startsWith(`${role} `)).length;
  }

  #some<T>(visible: readonly T[]): readonly T[] {
    return visible.slice(0, this.#choices.oneOf([10, 1, 2]));
  }

  async #begin(what: string, work: Promise<unknown>): Promise<void> {
    this.#world.happens(what);
    this.#start(work);
    await this.#world.scheduler.quiet();
  }

  /** Under `volatile-lru` whatever has a time to live may go at any time; idempotency records are kept as long as memory allows. */
  async #evict(): Promise<void> {
    const key = await this.#volatileKey(/:(entry|lease):/, this.#left.evictions);
    if (!key) return;
    this.#left.evictions -= 1;
    this.#world.happens(`${key} is evicted`);
    await this.#world.redis.del(key);
  }

  /** A clean entry comes to the end of its time to live, so that its next reader refreshes it. */
  async #grow(): Promise<void> {
    const key = await this.#volatileKey(/:entry:/, this.#left.agings);
    if (!key) return;
    this.#left.agings -= 1;
    this.#world.happens(`${key} is about to expire`);
    await this.#world.redis.pexpire(key, 300_000);
  }

  async #volatileKey(kind: RegExp, left: number): Promise<string | undefined> {
    if (left === 0) return undefined;
    const held = await inspect(this.#world.redis);
    const volatile = held.filter(({ key, ttlMs }) => kind.test(key) && ttlMs > 0).map(({ key }) => key);
    return volatile.length > 0 ? this.#choices.oneOf(volatile) : undefined;
  }
}
