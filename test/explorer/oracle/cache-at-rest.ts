import type { Held } from '../simulation/inspection.ts';
import { type Content, contentOfFields, contentText } from './content.ts';
import type { Verdict } from './verdict.ts';

const ENTRY = /:entry:(.*)$/;
const INDEX = /:(dirty|parked)$/;

/** What Valkey holds of one item. */
export interface CachedItem {
  readonly key: string;
  readonly content: Content;
  readonly persisted: number;
  readonly expires: boolean;
}

/** The entries among what Valkey holds. */
export function entriesIn(held: readonly Held[]): CachedItem[] {
  return held
    .filter(({ key }) => ENTRY.test(key))
    .map(({ key, ttlMs, args }) => {
      const fields = new Map(Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i]!, args[2 * i + 1]!]));
      const persisted = Number(fields.get('persisted') ?? 0);
      return { key: ENTRY.exec(key)![1]!, content: contentOfFields(fields), persisted, expires: ttlMs > 0 };
    });
}

/** Keys that the indexes of dirty and parked entries name. */
export function indexedIn(held: readonly Held[]): string[] {
  return held.filter(({ key }) => INDEX.test(key)).flatMap(({ args }) => args.filter((_, i) => i % 2 === 1));
}

/** Whenever nothing is under way: what is dirty is in an index and does not expire, what is clean expires (rule 2). */
export function checkEntries(entries: readonly CachedItem[], indexed: readonly string[], verdict: Verdict): void {
  for (const { key, content, persisted, expires } of entries) {
    const dirty = content.version > persisted;
    if (dirty === expires)
      verdict.violation(`the entry of ${key} is ${dirty ? 'dirty and expires' : 'clean and stays'}`);
    if (dirty !== indexed.includes(key)) {
      verdict.violation(`the entry of ${key} is ${dirty ? 'dirty and in no index' : 'clean and in an index'}`);
    }
  }
}

/**
 * Once everything is stored, entries are what the table holds.
 *
 * @param rolledBack whether Valkey was rolled back: a clean entry that came back so may be old until its time to live is over
 */
export function checkCache(
  entries: readonly CachedItem[],
  stored: (key: string) => Content | undefined,
  rolledBack: boolean,
  verdict: Verdict,
): void {
  for (const { key, content, persisted } of entries) {
    const inTable = stored(key);
    const version = inTable?.version ?? 0;
    if (persisted > version)
      verdict.violation(`${key} is thought to be stored at ${persisted}, the table has ${version}`);
    if (rolledBack) continue;
    const same = content.version === version && (version === 0 || contentText(content) === contentText(inTable!));
    if (!same) {
      const table = inTable ? `${contentText(inTable)} at ${version}` : 'nothing';
      verdict.violation(`the cache has ${contentText(content)} of ${key} at ${content.version}, the table ${table}`);
    }
  }
}
