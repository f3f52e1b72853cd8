import type { MemoryMessage } from '../simulation/memory-queue.ts';
import { type Content, contentOfFields, contentOfValue } from './content.ts';
import { resetVersion } from './covers.ts';
import type { Facts, Happened } from './facts.ts';

/**
 * Sees what crosses the seams of the product, takes it down, and cries out at what must never be, whatever fails:
 *
 * - the table's versions of an item never go back (rule 5), so that a deleted item never returns (rule 7);
 * - a message goes only when what it stands for is stored, is a dead letter, or was reported lost (rules 4 and 11);
 * - what is acknowledged at `queue` or `database` level is there, or something newer (design of the levels, rules 3, 12 and 14);
 * - what the flush gives up says why, and carries the state that was refused (rule 11).
 */
export class Witness {
  readonly #facts: Facts;
  readonly #cry: (violation: string) => void;

  constructor(facts: Facts, cry: (violation: string) => void) {
    this.#facts = facts;
    this.#cry = cry;
  }

  /** Valkey ran a script. */
  ran(script: string, args: readonly (string | number)[], reply: unknown): void {
    if (script === 'write') this.#wrote(args, reply as [string, ...unknown[]]);
    if (script === 'settle') {
      this.#facts.settled.push({ at: this.#facts.at, key: String(args[0]), version: Number(args[1]) });
    }
  }

  /** The table took an item. */
  stored(key: string, content: Content): void {
    const before = this.#facts.storedVersion(key);
    if (content.version <= before) {
      this.#cry(`the table went from version ${before} of ${key} to ${content.version}`);
    }
    this.#facts.stored.push({ at: this.#facts.at, key, content });
  }

  /** A queue took a message. */
  sent(queue: 'queue' | 'dead', { id, body, attributes }: MemoryMessage): void {
    const { key, version, deleted, value, actor } = JSON.parse(body) as {
      key: string;
      version: number;
      deleted?: true;
      value?: Record<string, unknown>;
      actor?: string;
    };
    const carries = deleted || value !== undefined;
    const content = carries ? contentOfValue(version, deleted ?? false, value ?? {}) : undefined;
    this.#facts.messages.set(id, { queue, key, version, content, at: this.#facts.at, deleted: Infinity });
    if (queue === 'dead' && (!content || !attributes.reason || !attributes.receiveCount || attributes.key !== key)) {
      this.#cry(`the dead letter of ${key} at ${version} is not complete`);
    }
    const write = this.#facts.writes.get(idOf(actor));
    if (queue === 'queue' && content && write && !write.executions.some((e) => e.version === version)) {
      // Redriven messages have been executed before.
      this.#facts.executed(write.id, version, true, undefined);
    }
  }

  /** SQS itself moved a message: it is the same one, elsewhere. */
  moved(id: string, to: 'queue' | 'dead', newId: string): void {
    const message = this.#facts.messages.get(id)!;
    this.#facts.messages.set(newId, { ...message, queue: to, at: this.#facts.at });
    message.deleted = this.#facts.at;
  }

  /** A message was deleted. */
  deleted(id: string): void {
    const facts = this.#facts;
    const message = facts.messages.get(id)!;
    message.deleted = facts.at;
    const { key, version, queue } = message;
    const dealtWith =
      facts.storedVersion(key) >= version ||
      facts.lost.some((lost) => lost.key === key && lost.version >= version) ||
      [...facts.messages.values()].some(
        (other) =>
          other !== message &&
          other.deleted === Infinity &&
          other.key === key &&
          other.version >= version &&
          (other.content !== undefined || message.content === undefined),
      );
    if (!dealtWith) {
      this.#cry(`the ${queue === 'dead' ? 'dead letter' : 'message'} of ${key} at ${version} is gone without a trace`);
    }
  }

  /** A client got his answer. */
  acknowledged(id: number, version: number): void {
    const facts = this.#facts;
    facts.acknowledged(id, version);
    const { key, level } = facts.writes.get(id)!;
    if (level === 'cache' || facts.storedVersion(key) >= version) return;
    const sent = [...facts.messages.values()].some(
      (message) => message.key === key && message.content !== undefined && message.version >= version,
    );
    if (level === 'database' || !sent)
      this.#cry(`write ${id} of ${key} is acknowledged at ${level} level, but is not there`);
  }

  /** The flush reported that a write is lost. */
  lost(key: string, version: number): void {
    const facts = this.#facts;
    facts.lost.push({ key, version });
    const executions = facts.executionsOf(key);
    const lost = executions.find(({ execution }) => execution.version === version);
    const isPatchedWithout = executions.some(
      ({ execution: { content } }) => lost && content && isWithout(facts, content, lost),
    );
    if (facts.forgettings.length === 0 && !lost?.execution.straight) {
      this.#cry(`${key} at ${version} was reported lost, but Valkey lost nothing`);
    } else if (lost?.write.level === 'queue' && !isPatchedWithout) {
      this.#cry(`${key} at ${version} was reported lost, but a message has its value`);
    }
  }

  #wrote(args: readonly (string | number)[], [kind, version, , fields]: [string, ...unknown[]]): void {
    if (kind !== 'ok') return;
    const isPatch = args[1] === 'patch';
    const content = isPatch ? contentOfFields(pairs(fields as string[])) : undefined;
    this.#facts.executed(idOf(actorOf(args)), Number(version), false, content);
  }
}

/** Whether a newer state neither has a write nor goes back to a later put. Of a delete that was forgotten, too, nobody can know. */
function isWithout(facts: Facts, state: Content, { write, execution }: Happened): boolean {
  const { version, deleted, put, patches } = state;
  if (version <= execution.version || deleted) return false;
  // A write that took place more than once leaves the same mark each time: which of them it is of, it does not say.
  const again = write.executions.some((other) => other !== execution && other.version <= version);
  if (!again && (put === write.id || patches.has(write.id))) return false;
  return put === undefined || resetVersion(facts, write.key, state) < execution.version;
}

/** Actors are `w<id>`. */
function idOf(actor = ''): number {
  return Number(actor.slice(1));
}

function pairs(flat: readonly string[]): Map<string, string> {
  return new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]));
}

/** The option `actor` of a write script's arguments. */
function actorOf(args: readonly unknown[]): string {
  const options = args.slice(9 + Number(args[7]), 9 + Number(args[7]) + Number(args[8]));
  return String(options[options.indexOf('actor') + 1]);
}
