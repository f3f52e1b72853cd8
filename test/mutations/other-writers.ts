import type { Mutation } from './mutation.ts';

const foreign = 'lib/cache/scripts/foreign-5.lua';
const others = 'lib/others/other-writers.ts';
const tests = 'test/others/';

/** Changes that other programs make in the table. */
export const otherWriterMutations: readonly Mutation[] = [
  {
    rule: 6,
    breaks: 'a change of another program drops what is not stored yet',
    tests,
    edits: [{ file: foreign, find: 'if version <= before then', replace: 'if true then' }],
  },
  {
    rule: 6,
    breaks: 'a change that comes too late takes a stored state back',
    tests,
    edits: [
      { file: foreign, find: "persisted >= version and 'late' or 'conflict'", replace: "'conflict'" },
      { file: others, find: 'if (stored && stored.version >= entry.version) return this.#lost(change);', replace: '' },
    ],
  },
  {
    rule: 8,
    breaks: 'a load from before a change of another program fills the cache',
    tests,
    edits: [
      {
        file: foreign,
        find: "  redis.call('DEL', lease_key)\n  return { 'absent' }",
        replace: "  return { 'absent' }",
      },
    ],
  },
  {
    rule: 6,
    breaks: "a write of the cache is taken for another program's",
    tests,
    edits: [
      {
        file: 'lib/others/table-change.ts',
        find: 'if (after.version > (before?.version ?? 0)) return false;',
        replace: '',
      },
    ],
  },
];
