import type { Mutation } from './mutation.ts';

const read = 'lib/cache/scripts/read-5.lua';
const fill = 'lib/cache/scripts/fill-3.lua';
const warm = 'lib/read/warm.ts';
const refreshTests = 'test/rules/rule-08-refresh';
const warmTests = 'test/read/';

const dirtyIsNotReplaced = "if redis.call('GET', lease_key) ~= token or dirty then";
const takesLease = "      if ((await cache.lease(key, token)) !== 'leased') return 'skipped';\n";
const loads = '      const image = await readPath.load(key, token);\n';

/** Loads that nobody waits for: refreshes ahead of expiry, and warm-ups. */
export const readMutations: readonly Mutation[] = [
  {
    rule: 8,
    breaks: 'a write leaves the lease of a refresh, which then overwrites it',
    tests: refreshTests,
    edits: [
      {
        file: 'lib/cache/scripts/write-8.lua',
        find: "if not dirty then\n  redis.call('DEL', lease_key)",
        replace: "if not old_version then\n  redis.call('DEL', lease_key)",
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a write that was loaded for takes the lease again, in the name of the load from before',
    tests: 'test/rules/rule-08-read',
    edits: [
      {
        file: 'lib/write/item-writer.ts',
        find: 'const attempt = { now: this.#clock() };',
        replace: 'const attempt = { now: this.#clock(), token };',
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a refresh overwrites a dirty entry',
    tests: 'test/contract/cache.test.ts',
    edits: [{ file: fill, find: dirtyIsNotReplaced, replace: dirtyIsNotReplaced.replace(' or dirty', '') }],
  },
  {
    rule: 8,
    breaks: 'a refresh leaves attributes that the item no longer has',
    tests: refreshTests,
    edits: [
      { file: fill, find: "if cached[1] then\n  redis.call('DEL'", replace: "if false then\n  redis.call('DEL'" },
    ],
  },
  {
    rule: 8,
    breaks: 'every reader of an entry about to expire refreshes it',
    tests: refreshTests,
    edits: [{ file: read, find: '  if not leased or leased.err then\n', replace: '  if false then\n' }],
  },
  {
    rule: 8,
    breaks: 'that an item does not exist is looked up again by every reader',
    tests: refreshTests,
    edits: [{ file: read, find: "if state[1] == '0' and state[2] then", replace: 'if false then' }],
  },
  {
    rule: 8,
    breaks: 'a refresh that fails fails its read',
    tests: refreshTests,
    edits: [
      {
        file: 'lib/read/read-path.ts',
        find: 'if (!(error instanceof WriteBehindError)) throw error;',
        replace: 'throw error;',
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a warm-up reads before it has the lease, and overwrites a newer write',
    tests: warmTests,
    edits: [{ file: warm, find: takesLease + loads, replace: loads + takesLease }],
  },
  {
    rule: 8,
    breaks: 'a warm-up reads what is cached',
    tests: warmTests,
    edits: [
      {
        file: 'lib/cache/scripts/lease-2.lua',
        find: "if redis.call('EXISTS', entry_key) == 1 then",
        replace: 'if false then',
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a warm-up reads as fast as it can',
    tests: warmTests,
    edits: [{ file: 'lib/read/pace.ts', find: 'this.#nextAt = at + this.#msPerRead;', replace: 'this.#nextAt = at;' }],
  },
];
