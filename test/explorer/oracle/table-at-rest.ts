import { type Content, contentText } from './content.ts';
import { covers, resetVersion } from './covers.ts';
import type { Facts, WriteFacts } from './facts.ts';
import { happenedText, limitOf } from './known-limits.ts';
import type { Verdict } from './verdict.ts';

const NOTHING: Content = { version: 0, deleted: false, put: undefined, patches: new Set(), n: 0 };

/**
 * What the table must hold of an item once nothing is on its way any more:
 *
 * - each acknowledged write, or a newer put or delete in its place. Versions say what is newer: that they follow the order of the
 *   clients' acknowledgements is checked by itself;
 * - nothing of a write that did not take place, and nothing from before the put or delete that it goes back to;
 * - each patch once: they add 1 to `n`.
 */
export function checkTable(
  facts: Facts,
  key: string,
  image: Content | undefined,
  skewUs: number,
  verdict: Verdict,
): void {
  const held = image ?? NOTHING;
  const reset = resetVersion(facts, key, held);
  const say = (what: string) => verdict.violation(`${what}; the table has ${contentText(held)} at ${held.version}`);
  for (const write of facts.writes.values()) {
    if (write.key !== key || !write.acknowledged) continue;
    const { version } = write.acknowledged;
    const happened = { write, execution: write.executions.find((each) => each.version === version)! };
    if (covers(facts, held, happened)) continue;
    const limit = limitOf(facts, happened, held, skewUs);
    if (limit) verdict.limit(limit);
    else say(`missing: the acknowledged ${happenedText(happened)}`);
  }
  for (const id of held.patches) {
    const happened = facts.writes.get(id)?.executions.some(({ version }) => version > reset && version <= held.version);
    if (!happened) say(`patch ${id} is there but did not take place since the put or delete at ${reset}`);
  }
  if (held.deleted) return;
  const repeated = [...held.patches].reduce((sum, id) => sum + repetitions(facts.writes.get(id)), 0);
  if (held.n < held.patches.size || held.n > held.patches.size + repeated) {
    say(`${held.patches.size} patches have added ${held.n}`);
  }
}

/** How often a write took place again, because Valkey forgot that it had; that this is so is checked by itself. */
function repetitions(write: WriteFacts | undefined): number {
  return Math.max(0, (write?.executions.length ?? 0) - 1);
}
