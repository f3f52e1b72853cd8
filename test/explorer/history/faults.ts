import { CacheOutcomeUnknownError, CacheUnavailableError } from '../../../lib/errors.ts';
import type { Choices } from '../choices.ts';
import { type Held, inspect, restore } from '../simulation/inspection.ts';
import type { MemoryMessage } from '../simulation/memory-queue.ts';
import type { Mishap, Task } from '../simulation/scheduler.ts';
import type { World } from '../world.ts';
import { deliver } from './functions.ts';
import type { Move } from './moves.ts';
import type { FaultKind, Plan } from './plan.ts';

/** What goes wrong. */
export class Faults {
  readonly #world: World;
  readonly #choices: Choices;
  readonly #plan: Plan;
  readonly #start: (work: Promise<unknown>) => void;
  #snapshot: { readonly at: number; readonly content: readonly Held[] } | undefined;

  constructor(world: World, plan: Plan, start: (work: Promise<unknown>) => void) {
    this.#world = world;
    this.#choices = world.choices;
    this.#plan = plan;
    this.#start = start;
  }

  /** What could go wrong next; empty when enough has. */
  possible(): Move[] {
    const world = this.#world;
    if (world.facts.faults >= this.#plan.faults) return [];
    const steps = world.scheduler.pending.filter(({ by }) => world.running.has(by));
    const held = world.queue.inFlight().filter(({ holder }) => world.running.has(holder!));
    const visible = world.queue.visible();
    const snapshot = this.#snapshot;
    const possible: readonly [FaultKind, boolean, () => Promise<unknown> | unknown][] = [
      ['crash', steps.length > 0, () => this.#crash(this.#choices.oneOf(steps))],
      ['lost answer', steps.length > 0, () => this.#mishap(this.#choices.oneOf(steps))],
      ['timeout', held.length > 0, () => this.#timeOut(this.#choices.oneOf(held))],
      ['dead letter', visible.length > 0, () => this.#giveUp(visible[0]!)],
      ['disorder', visible.length > 1, () => this.#deliverLast(visible)],
      ['refusal', true, () => this.#refuse()],
      ['Valkey away', !world.valkeyAway, () => this.#cutOff()],
      ['loss', true, () => this.#lose()],
      ['rollback', snapshot !== undefined, () => this.#rollBack(snapshot!)],
    ];
    const moves = possible
      .filter(([kind, can]) => can && this.#plan.kinds.has(kind))
      .map(([, , happens]) => ({
        happens: () => {
          world.facts.faults += 1;
          return happens();
        },
      }));
    if (this.#plan.kinds.has('rollback') && !snapshot) moves.push({ happens: () => this.#takeSnapshot() });
    return moves;
  }

  /** An instance is killed, with a step of it under way that is carried out or not. */
  async #crash(task: Task): Promise<void> {
    const world = this.#world;
    await world.release(task, { performed: this.#choices.onceIn(2) });
    world.crash(task.by);
    world.happens(`${task.by} crashes`);
    await world.scheduler.quiet();
  }

  async #mishap(task: Task): Promise<void> {
    const mishap = this.#mishapOf(task);
    if (mishap) await this.#world.release(task, mishap);
  }

  /** A request that fails, although it was carried out or not. */
  #mishapOf({ seam }: Task): Mishap | undefined {
    const performed = this.#choices.onceIn(2);
    switch (seam) {
      case 'valkey': {
        const unknown = performed || this.#choices.onceIn(2);
        const error = unknown
          ? new CacheOutcomeUnknownError('The answer is lost.')
          : new CacheUnavailableError('Not sent.');
        return { performed, error };
      }
      case 'table':
        return { performed, error: failure(performed ? 'TimeoutError' : 'ProvisionedThroughputExceededException') };
      case 'queue':
        return {
          performed,
          error: failure(performed || this.#choices.onceIn(2) ? 'TimeoutError' : 'ThrottlingException'),
        };
      default:
        return undefined;
    }
  }

  #timeOut({ id, holder, receiptHandle }: MemoryMessage): void {
    this.#world.happens(`the visibility timeout of ${id} ends while ${holder} goes on`);
    this.#world.queue.release(receiptHandle!);
  }

  async #deliverLast(visible: readonly MemoryMessage[]): Promise<void> {
    this.#world.happens('messages are delivered out of order');
    this.#start(deliver(this.#world, visible.slice(-1)));
    await this.#world.scheduler.quiet();
  }

  #refuse(): void {
    const world = this.#world;
    const keys = [...new Set([...world.facts.writes.values()].map(({ key }) => key))];
    for (const key of keys) world.table.refusing.add(key);
    world.happens(`the table refuses ${keys.join(' and ') || 'nothing yet'}`);
  }

  #cutOff(): void {
    this.#world.happens('Valkey is away');
    this.#world.valkeyAway = true;
  }

  /** SQS moves a message to the dead-letter queue, as after too many receives. */
  #giveUp(message: MemoryMessage): void {
    const world = this.#world;
    world.queue.remove(message);
    const { body, groupId, attributes, id } = message;
    const moved = world.dead.send({ body, groupId, attributes, dedupId: `moved ${id}` })!;
    world.witness.moved(id, 'dead', moved.id);
    world.happens(`SQS moves ${id} to the dead-letter queue`);
  }

  async #lose(): Promise<void> {
    const world = this.#world;
    world.happens('Valkey loses everything');
    await world.redis.flushdb();
    world.facts.forgettings.push({ at: world.facts.at, back: -1 });
  }

  async #takeSnapshot(): Promise<void> {
    this.#world.happens('a snapshot of Valkey is taken');
    this.#snapshot = { at: this.#world.facts.at, content: await inspect(this.#world.redis) };
  }

  async #rollBack({ at, content }: { readonly at: number; readonly content: readonly Held[] }): Promise<void> {
    const world = this.#world;
    world.happens('Valkey is rolled back to the snapshot');
    await restore(world.redis, content);
    world.facts.forgettings.push({ at: world.facts.at, back: at });
  }
}

function failure(name: string): Error {
  return Object.assign(new Error('made to fail'), { name });
}
