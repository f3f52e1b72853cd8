import type { Mutation } from './mutation.ts';

const store = 'lib/history/history-store.ts';
const write = 'lib/cache/scripts/write-8.lua';
const reader = 'lib/history/history-reader.ts';
const log = 'lib/cache/scripts/log-1.lua';
const recorder = 'lib/history/recorder.ts';

/** What keeps the history complete belongs to the rules of the steps that it rides on: write, signal, claim, store, settle. */
export const historyMutations: readonly Mutation[] = [
  {
    rule: 1,
    breaks: 'a write does not log its change',
    tests: 'test/history/size.test.ts',
    edits: [
      {
        file: write,
        find: 'if option.audited then\n  local actor',
        replace: 'if false then\n  local actor',
      },
    ],
  },
  {
    rule: 10,
    breaks: 'the log of an item grows without bound',
    tests: 'test/history/size',
    edits: [{ file: write, find: "return { 'unrecorded' }", replace: 'logged = logged' }],
  },
  {
    rule: 10,
    breaks: 'what was recorded still counts against the log',
    tests: 'test/contract/cache.test.ts',
    edits: [{ file: write, find: 'logged - logged_before >=', replace: 'logged >=' }],
  },
  {
    rule: 3,
    breaks: 'messages carry no changes',
    tests: 'test/history/size.test.ts',
    edits: [
      {
        file: 'lib/write/write-path.ts',
        find: '(changes.length > 0 && { changes })',
        replace: '(false && { changes })',
      },
    ],
  },
  {
    rule: 4,
    breaks: 'a claim does not see that there are changes to record',
    tests: 'test/history/size.test.ts',
    edits: [
      {
        file: 'lib/cache/scripts/claim-6.lua',
        find: "'claimed', redis.call('EXISTS', log_key)",
        replace: "'claimed', 0",
      },
    ],
  },
  {
    rule: 2,
    breaks: 'a log that nobody can record stays for ever',
    tests: 'test/history/switched-off.test.ts',
    edits: [{ file: recorder, find: 'if (version !== undefined) await this.#cache.log.forget(key);', replace: '' }],
  },
  {
    rule: 4,
    breaks: 'what only messages carry is not recorded',
    tests: 'test/history/size.test.ts',
    edits: [{ file: recorder, find: 'await history.addMissing(', replace: 'await (async (..._: unknown[]) => {})(' }],
  },
  {
    rule: 4,
    breaks: 'what messages carry is recorded without looking whether it is there',
    tests: 'test/history/once.test.ts',
    edits: [{ file: store, find: 'if (!(await this.#has(key, change))) ', replace: '' }],
  },
  {
    rule: 5,
    breaks: 'a group replaces the one that is there',
    tests: 'test/contract/database.test.ts',
    edits: [{ file: store, find: "ConditionExpression: 'attribute_not_exists(pk)',", replace: '' }],
  },
  {
    rule: 5,
    breaks: 'the state is stored although the history was not',
    tests: 'test/history/size.test.ts',
    edits: [
      {
        file: 'lib/flush/flush-path.ts',
        find: "return { ...flushing, claim: null, asked: 'alone', result: failed(error, claim?.image) };",
        replace: 'void error;\n      return { ...flushing, claim };',
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a page is given out although older groups may reach into it',
    tests: 'test/contract/database.test.ts',
    edits: [{ file: store, find: 'change.version >= safe', replace: 'change.version >= 0 * safe' }],
  },
  {
    rule: 8,
    breaks: 'a page is given out although older changes that wait reach into it',
    tests: 'test/history/size',
    edits: [{ file: reader, find: 'waiting.complete ? 0 : waiting.changes.at(-1)!.version', replace: '0' }],
  },
  {
    rule: 6,
    breaks: 'the log keeps what was recorded',
    tests: 'test/history/size.test.ts',
    edits: [{ file: log, find: 'tonumber(head[2]) <= recorded do', replace: 'false do' }],
  },
  {
    rule: 6,
    breaks: 'the log drops what was not recorded',
    tests: 'test/history/size.test.ts',
    edits: [{ file: log, find: 'tonumber(head[2]) <= recorded do', replace: 'true do' }],
  },
];
