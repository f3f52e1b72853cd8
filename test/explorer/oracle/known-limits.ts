import { type Content, contentText } from './content.ts';
import { covers } from './covers.ts';
import type { Execution, Facts, Happened, WriteFacts } from './facts.ts';

/** How an acknowledged write may be missing from the table although the protocol was kept; see `docs/proof.md`. */
export type Limit =
  /** At `cache` level, and Valkey lost it before it was stored. */
  | 'cache-level write lost with Valkey'
  /** A patch was based on the table after Valkey had lost the write, which was still on its way there. */
  | 'patch without a write that was on its way'
  /** A patch was based on an entry of which Valkey did not hear that a write went straight to the queue. */
  | 'patch without a write that went straight to the queue'
  /** A patch was based on an old entry that a rollback had brought back. */
  | 'patch of an entry that was rolled back'
  /** A write at `database` level is in the table, and neither Valkey nor the queue could be told. */
  | 'patch without a write that Valkey could not be told of'
  /** Of two writes the one that took place later, with nothing but its clock to go by, got the older version, or the same. */
  | 'ordered by clocks';

/**
 * Why a write may be missing from what the table holds at rest; nothing if it may not. An image is made by the last put or delete
 * and the patches on top of it, each based on what Valkey held when it took place. So a write that is missing was missing for the
 * first time in the oldest patch of the image that is newer than it: whether it may have been missing there is the question.
 */
export function limitOf(facts: Facts, missing: Happened, image: Content, skewUs: number): Limit | undefined {
  const { write, execution } = missing;
  if (write.level === 'cache' && isLostWithValkey(facts, write.key, execution)) {
    return 'cache-level write lost with Valkey';
  }
  if (hasTwin(facts, missing, image)) return 'ordered by clocks';
  const culprit = facts
    .executionsOf(write.key)
    .filter(
      ({ write: patch, execution: { version, content } }) =>
        image.patches.has(patch.id) &&
        version > execution.version &&
        version <= image.version &&
        !(content && covers(facts, content, missing)),
    )
    .sort((a, b) => a.execution.version - b.execution.version)[0];
  if (!culprit) return undefined;
  if (culprit.execution.at < execution.at && !isStraightSince(missing, culprit.execution.at)) {
    return isByClock(facts, culprit, missing, skewUs) ? 'ordered by clocks' : undefined;
  }
  const base = facts
    .executionsOf(write.key)
    .find(
      (other) =>
        (image.put === undefined ? other.write.kind === 'delete' : other.write.id === image.put) &&
        other.execution.at < culprit.execution.at &&
        isByClock(facts, missing, other, skewUs),
    );
  return base ? 'ordered by clocks' : limitOfBase(facts, missing, culprit.execution);
}

/** Whether the image has another write of the same version, of which Valkey did not know any more when the later of the two took place. */
function hasTwin(facts: Facts, { write, execution }: Happened, image: Content): boolean {
  return facts.executionsOf(write.key).some((other) => {
    const { at, version } = other.execution;
    if (other.write === write || version !== execution.version || !covers(facts, image, other)) return false;
    return facts.forgot(Math.min(at, execution.at), Math.max(at, execution.at));
  });
}

/**
 * Whether a write took place later than another, but has the older version, and may have: Valkey did not know of the other one
 * any more, or was not asked; and its clock was behind, or was read before the other write took place.
 */
function isByClock(facts: Facts, first: Happened, then: Happened, skewUs: number): boolean {
  const wrongByUs = first.execution.version - then.execution.version;
  if (wrongByUs < 0 || first.execution.at > then.execution.at) return false;
  const isClose = wrongByUs <= skewUs || beganAt(then) <= first.execution.at;
  const unknown = then.execution.straight || first.execution.straight;
  return isClose && (unknown || facts.forgot(first.execution.at, then.execution.at));
}

/** A write that goes straight to the queue has its version long before it is seen there. */
function isStraightSince(happened: Happened, at: number): boolean {
  return happened.execution.straight && beganAt(happened) <= at;
}

/** When the attempt began that was the one to take place. */
function beganAt({ write, execution }: Happened): number {
  return write.attempts.findLast(({ began }) => began <= execution.at)!.began;
}

/** Why a patch may have been based on something without a write that took place before. */
function limitOfBase(facts: Facts, { write, execution }: Happened, patch: Execution): Limit | undefined {
  const { key } = write;
  if (!execution.straight && !facts.forgot(execution.at, patch.at)) return undefined;
  const settled = facts.settled.find(
    (settle) =>
      settle.key === key && settle.version >= execution.version && settle.at > execution.at && settle.at < patch.at,
  );
  const stored = facts.stored.find(({ key, content }) => key === write.key && content.version >= execution.version);
  const known = settled ?? (stored && stored.at < patch.at ? stored : undefined);
  if (known) {
    // From then on Valkey knew, or was to be told, until it was put back to a time before.
    const rolledBack = facts.forgettings.some(
      ({ at, back }) => back >= 0 && known.at < at && at < patch.at && back < execution.at,
    );
    if (rolledBack) return 'patch of an entry that was rolled back';
    if (settled) return undefined;
  }
  if (!isOnItsWay(facts, write, execution, patch.at)) {
    return isUntold(facts, write) ? 'patch without a write that Valkey could not be told of' : undefined;
  }
  return execution.straight
    ? 'patch without a write that went straight to the queue'
    : 'patch without a write that was on its way';
}

/** Whether neither Valkey nor the queue could be reached to tell of a write-through. */
function isUntold(facts: Facts, { level, attempts }: WriteFacts): boolean {
  const within = (step: number) => attempts.some(({ began, ended = Infinity }) => began <= step && step <= ended);
  return level === 'database' && facts.valkeyTrouble.some(within) && facts.queueTrouble.some(within);
}

/** Whether at that time a message carried the write to the table, or who made it was not done. */
function isOnItsWay(facts: Facts, write: WriteFacts, { version }: Execution, at: number): boolean {
  const carried = [...facts.messages.values()].some(
    (message) =>
      message.key === write.key &&
      (message.content !== undefined || write.level !== 'queue') &&
      message.version >= version &&
      message.at <= at &&
      at < message.deleted,
  );
  return carried || write.attempts.some(({ began, ended = Infinity }) => began <= at && at <= ended);
}

function isLostWithValkey(facts: Facts, key: string, { at, version }: Execution): boolean {
  return facts.forgettings.some(
    (forgetting) =>
      at < forgetting.at &&
      forgetting.back < at &&
      !facts.stored.some(
        (stored) => stored.key === key && stored.at < forgetting.at && stored.content.version >= version,
      ),
  );
}

/** In short, for violations. */
export function happenedText({ write, execution }: Happened): string {
  const { id, kind, key, level } = write;
  const content = execution.content ? ` ${contentText(execution.content)}` : '';
  return `${kind} ${id} of ${key} at ${level} level, version ${execution.version}${content}`;
}
