import type { Redis } from 'ioredis';
import type { Choices } from './choices.ts';
import { Client } from './history/client.ts';
import { Faults } from './history/faults.ts';
import { deliver, drain, redrive } from './history/functions.ts';
import { Moves } from './history/moves.ts';
import { type Plan, planOf } from './history/plan.ts';
import { checkCache, checkEntries, entriesIn, indexedIn } from './oracle/cache-at-rest.ts';
import { checkOrder } from './oracle/order.ts';
import { checkTable } from './oracle/table-at-rest.ts';
import { Verdict } from './oracle/verdict.ts';
import { inspect } from './simulation/inspection.ts';
import { readable } from './trace.ts';
import { World } from './world.ts';

const FAULT_ONCE_IN = 6;
const EXTRA_ONCE_IN = 8;
/** Far more than any schedule takes that comes to rest. */
const MOST_STEPS = 600;
/** Who waits for a lease that came back with a snapshot, and that nobody holds, looks again for as long as it lasts. */
const MOST_STEPS_TO_FINISH = 5000;
const MOST_ROUNDS = 30;

/** What one schedule was, and showed. */
export interface Explored {
  readonly violations: readonly string[];
  readonly limits: readonly string[];
  readonly steps: number;
  readonly faults: number;
  readonly trace: string;
  /** The decisions that make the same schedule again. */
  readonly made: readonly number[];
}

/** Runs one schedule from an empty Valkey to rest, and judges it. */
export async function explore(choices: Choices, redis: Redis): Promise<Explored> {
  await redis.flushdb();
  const schedule = new Schedule(choices, redis);
  await schedule.run();
  const { world, verdict } = schedule;
  return {
    violations: [...world.violations, ...verdict.violations].map(readable),
    limits: [...verdict.limits],
    steps: world.facts.at,
    faults: world.facts.faults,
    trace: world.trace.toString(),
    made: choices.made,
  };
}

class Schedule {
  readonly world: World;
  readonly verdict = new Verdict();
  readonly #plan: Plan;
  readonly #moves: Moves;
  readonly #faults: Faults;
  /** What was started and is not done. */
  readonly #under = new Set<Promise<unknown>>();

  constructor(choices: Choices, redis: Redis) {
    this.#plan = planOf(choices);
    this.world = new World(choices, redis);
    this.#moves = new Moves(this.world, (work) => this.#watch(work));
    this.#faults = new Faults(this.world, this.#plan, (work) => this.#watch(work));
  }

  async run(): Promise<void> {
    const { world, verdict } = this;
    const { clients, skewMs } = this.#plan;
    for (const [index, steps] of clients.entries()) {
      const skew = skewMs === 0 ? 0 : world.choices.oneOf([0, skewMs, -skewMs]);
      this.#watch(new Client(world, `client ${index + 1}`, skew).run(steps));
    }
    await world.scheduler.quiet();
    await this.#interleave();
    await this.#rest();
    const skewUs = 2 * 1000 * skewMs + 1000 * (skewMs > 0 ? 1 : 0);
    for (const key of new Set([...world.facts.writes.values()].map((write) => write.key))) {
      checkTable(world.facts, key, world.stored(key), skewUs, verdict);
    }
    checkOrder(world.facts, skewUs, verdict);
    const rolledBack = world.facts.forgettings.some(({ back }) => back >= 0);
    checkCache(entriesIn(await inspect(world.redis)), (key) => world.stored(key), rolledBack, verdict);
  }

  /** Everybody does something, one step at a time, until nothing is due. */
  async #interleave(): Promise<void> {
    const { choices } = this.world;
    for (let steps = 0; steps < MOST_STEPS && this.world.violations.length === 0; steps += 1) {
      const faults = choices.onceIn(FAULT_ONCE_IN) ? this.#faults.possible() : [];
      const extra = faults.length === 0 && choices.onceIn(EXTRA_ONCE_IN) ? this.#moves.extra() : [];
      const due = this.#moves.due();
      if (due.length === 0) return;
      await choices.oneOf([faults, extra, due].find((moves) => moves.length > 0)!).happens();
    }
  }

  /** Nothing fails any more: all goes to its end in order, then what is left is delivered, drained and redriven. */
  async #rest(): Promise<void> {
    const { world, verdict } = this;
    world.happens('from here on nothing fails');
    world.valkeyAway = false;
    world.table.refusing.clear();
    for (let round = 0; ; round += 1) {
      if (round === MOST_ROUNDS) {
        verdict.violation('it does not come to rest');
        return;
      }
      await this.#finish();
      for (const queue of [world.queue, world.dead]) {
        for (const { receiptHandle } of queue.inFlight()) queue.release(receiptHandle!);
      }
      const visible = world.queue.visible();
      const work = visible.length > 0 ? deliver(world, visible) : undefined;
      const held = work ? [] : await inspect(world.redis);
      const indexed = indexedIn(held);
      checkEntries(entriesIn(held), indexed, verdict);
      if (!work && world.facts.faults === 0 && indexed.length > 0) {
        verdict.violation(`nothing failed, and ${indexed.join(' and ')} is dirty without a message on its way`);
      }
      if (work) this.#watch(work);
      else if (world.dead.messages.length > 0) this.#watch(redrive(world));
      else if (indexed.length > 0) this.#watch(drain(world, false));
      else return;
      await world.scheduler.quiet();
    }
  }

  async #finish(): Promise<void> {
    const { scheduler, violations } = this.world;
    for (let steps = 0; scheduler.pending.length > 0 && steps < MOST_STEPS_TO_FINISH; steps += 1) {
      await this.world.release(scheduler.pending[0]!);
    }
    if (scheduler.pending.length > 0) violations.push('it does not come to an end');
    else await Promise.all(this.#under);
  }

  /** Nothing that is started may fail in a way that nobody foresaw. */
  #watch(work: Promise<unknown>): void {
    const watched = work
      .catch((error: unknown) => this.world.violations.push(`unforeseen: ${(error as Error).stack}`))
      .finally(() => this.#under.delete(watched));
    this.#under.add(watched);
  }
}
