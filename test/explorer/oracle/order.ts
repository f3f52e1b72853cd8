import type { Facts, ReadFacts, WriteFacts } from './facts.ts';
import { happenedText } from './known-limits.ts';
import type { Verdict } from './verdict.ts';

/** What clients may rely on while things happen; what Valkey forgets it cannot keep. */
export function checkOrder(facts: Facts, skewUs: number, verdict: Verdict): void {
  for (const write of facts.writes.values()) {
    checkVersions(facts, write, skewUs, verdict);
    checkOnce(facts, write, verdict);
    checkCondition(facts, write, verdict);
  }
  for (const read of facts.reads) checkRead(facts, read, verdict);
}

/** A write that begins after another was acknowledged is newer (rule 1). */
function checkVersions(facts: Facts, write: WriteFacts, skewUs: number, verdict: Verdict): void {
  for (const other of facts.writes.values()) {
    if (other.key !== write.key || other === write || !other.acknowledged) continue;
    if (write.attempts[0]!.began <= other.acknowledged.at) continue;
    const before = other.executions.find(({ version }) => version === other.acknowledged?.version)!;
    for (const execution of write.executions) {
      if (execution.version > before.version) continue;
      // Who has nothing but a clock to go by may be wrong by as much as clocks are.
      const byClock = before.straight || execution.straight || facts.forgot(before.at, execution.at);
      const wrongByUs = before.version - execution.version;
      if (byClock && wrongByUs <= skewUs) verdict.limit('ordered by clocks');
      else {
        const later = happenedText({ write, execution });
        verdict.violation(`not newer than the earlier ${happenedText({ write: other, execution: before })}: ${later}`);
      }
    }
  }
}

/** However often it is repeated, a write with an idempotency key takes place once (rule 14). */
function checkOnce(facts: Facts, write: WriteFacts, verdict: Verdict): void {
  for (const [index, execution] of write.executions.entries()) {
    const before = write.executions[index - 1];
    if (!before) continue;
    if (facts.forgot(before.at, execution.at)) verdict.limit('retry took place again after Valkey forgot');
    else verdict.violation(`took place again: ${happenedText({ write, execution })}`);
  }
}

/** Of the writes on the condition that the item is still as it was at one version, one takes place. */
function checkCondition(facts: Facts, write: WriteFacts, verdict: Verdict): void {
  if (!write.seen) return;
  for (const other of facts.writes.values()) {
    if (other.id <= write.id || other.key !== write.key || other.seen !== write.seen) continue;
    const [a, b] = [write.executions[0], other.executions[0]];
    if (!a || !b || facts.forgot(Math.min(a.at, b.at), Math.max(a.at, b.at))) continue;
    const both = `${happenedText({ write, execution: a })}, and ${happenedText({ write: other, execution: b })}`;
    verdict.violation(`two writes replaced version ${write.seen}: ${both}`);
  }
}

/** A read shows what was acknowledged before it began, or something newer; and what its client has read before (rule 8). */
function checkRead(facts: Facts, read: ReadFacts, verdict: Verdict): void {
  const { key, began, at } = read;
  // Without Valkey it is the table that answers, and what went straight to the queue shows only when it is stored.
  if (facts.valkeyTrouble.some((step) => step >= began && step <= at)) return;
  const executions = facts.executionsOf(key);
  if (executions.some(({ execution }) => execution.straight)) return;
  const owed = [
    ...executions
      .filter(
        ({ write, execution }) => write.acknowledged?.version === execution.version && write.acknowledged.at < began,
      )
      .map(({ execution }) => execution),
    ...facts.reads
      .filter((other) => other.client === read.client && other.key === key && other.found && other.at <= began)
      .map(({ at, version }) => ({
        at: executions.find(({ execution }) => execution.version === version)?.execution.at ?? at,
        version,
      })),
  ];
  const deletedAt = executions.filter(({ write }) => write.kind === 'delete').map(({ execution }) => execution.version);
  const shown = read.found ? read.version : Math.max(0, ...deletedAt);
  for (const { at: since, version } of owed) {
    if (shown < version && !facts.forgot(since, at)) {
      verdict.violation(`${read.client} reads version ${shown} of ${key}, older than ${version} that was there before`);
    }
  }
}
