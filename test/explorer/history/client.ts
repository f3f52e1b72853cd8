import type { Operation } from '../../../lib/model/operation.ts';
import { patchChanges, putValue } from '../oracle/content.ts';
import { CrashedError, type World } from '../world.ts';
import type { PlannedStep, PlannedWrite } from './plan.ts';

const ATTEMPTS = 3;

/** A caller of the API, who takes one step after the other, and repeats what his idempotency key makes safe to repeat. */
export class Client {
  readonly #world: World;
  readonly #name: string;
  readonly #skewMs: number;

  constructor(world: World, name: string, skewMs: number) {
    this.#world = world;
    this.#name = name;
    this.#skewMs = skewMs;
  }

  /** Takes all steps; never rejects but for a mistake of ours. */
  async run(steps: readonly PlannedStep[]): Promise<void> {
    for (const step of steps) {
      await this.#turn('read' in step ? `is going to read ${step.read}` : `is going to write ${step.writes[0]!.key}`);
      if ('read' in step) await this.#read(step.read);
      else await this.#write(step.writes);
    }
  }

  async #write(writes: readonly PlannedWrite[]): Promise<void> {
    const world = this.#world;
    const seen = writes.some(({ condition }) => condition === 'seen') ? await this.#read(writes[0]!.key) : undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const attempts = writes.map((write) => world.facts.began(write, write.condition === 'seen' ? seen : undefined));
      const operations = writes.map((write) => operationOf(write, seen));
      world.trace.add(this.#name, `asks for ${writes.map(writeText).join(' and ')}`);
      const failed = await this.#attempt(operations, writes);
      for (const each of attempts) each.ended = world.facts.at;
      const again = writes.every(({ idempotent }) => idempotent) && (failed || (attempt === 1 && writes[0]!.doubted));
      if (!again) return;
      await this.#turn('is going to repeat it');
    }
  }

  /** Whether any write was not acknowledged. */
  async #attempt(operations: readonly Operation[], writes: readonly PlannedWrite[]): Promise<boolean> {
    const world = this.#world;
    try {
      const outcomes = await world.invoke('api', this.#skewMs, ({ writePath }) => writePath.apply(operations));
      for (const [index, outcome] of outcomes.entries()) {
        const { id } = writes[index]!;
        if (outcome.kind === 'written') {
          const { version, durability } = outcome.acknowledgement;
          world.witness.acknowledged(id, version);
          world.trace.add(this.#name, `write ${id} is acknowledged at ${durability} level, version ${version}`);
        } else if (outcome.kind === 'failed') {
          world.trace.add(this.#name, `write ${id} is refused: ${outcome.error.name}: ${outcome.error.message}`);
        }
      }
      return outcomes.some(({ kind }) => kind !== 'written');
    } catch (error) {
      if (!(error instanceof CrashedError)) throw error;
      world.trace.add(this.#name, 'gets no answer');
      return true;
    }
  }

  /** The version that it answered; 0 for an item that is not there, nothing where it failed. */
  async #read(key: string): Promise<number | undefined> {
    const world = this.#world;
    const { facts } = world;
    const began = facts.at;
    try {
      const item = await world.invoke('api', this.#skewMs, ({ readPath }) => readPath.get(key));
      const version = item?.version ?? 0;
      facts.reads.push({ client: this.#name, key, began, at: facts.at, version, found: item !== null });
      world.trace.add(this.#name, item ? `reads version ${version} of ${key}` : `reads that ${key} is not there`);
      return version;
    } catch (error) {
      world.trace.add(this.#name, `cannot read: ${(error as Error).name}`);
      return undefined;
    }
  }

  async #turn(what: string): Promise<void> {
    await this.#world.scheduler.schedule(this.#name, 'client', what, () => undefined);
  }
}

function operationOf(
  { id, key, kind, level, condition, idempotent }: PlannedWrite,
  seen: number | undefined,
): Operation {
  const options = {
    key,
    actor: `w${id}`,
    durability: level,
    ...(condition !== undefined && { ifMatch: condition === 'seen' ? (seen ?? 0) : condition }),
    ...(idempotent && { idempotencyKey: `once-${id}` }),
  };
  if (kind === 'put') return { op: 'put', value: putValue(id), ...options };
  if (kind === 'delete') return { op: 'delete', ...options };
  return { op: 'patch', ...patchChanges(id), ...options };
}

function writeText({ id, key, kind, level, condition, idempotent }: PlannedWrite): string {
  const when = condition === undefined ? '' : ` if ${condition}`;
  return `${kind} ${id} of ${key} at ${level} level${when}${idempotent ? ', with an idempotency key' : ''}`;
}
