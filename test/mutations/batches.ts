import type { Mutation } from './mutation.ts';

const tests = 'test/rules/rule-05-appends';
const updates = 'test/rules/rule-05-updates';
const statements = 'lib/store/statement-batches.ts';
const store = 'lib/store/dynamodb-store.ts';

/** Appends, and what replaces a version of the same shape, are stored in batches; what a batch cannot do well is left to a put. */
export const batchMutations: readonly Mutation[] = [
  {
    rule: 5,
    breaks: 'an item of which the table has a version counts as inserted',
    tests,
    edits: [
      {
        file: statements,
        find: "if (!response || PUT_DECIDES.has(code ?? '')) return [];",
        replace: "if (code === 'DuplicateItem') return [[key, 'stored']];\n      if (!response) return [];",
      },
    ],
  },
  {
    rule: 5,
    breaks: 'names of attributes are written into statements whatever they are',
    tests,
    edits: [
      { file: statements, find: 'if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;', replace: '' },
    ],
  },
  {
    rule: 5,
    breaks: 'every write is taken for an append',
    tests,
    edits: [{ file: 'lib/flush/flush-path.ts', find: '&& isAppend(key, entry.version)', replace: '' }],
  },
  {
    rule: 5,
    breaks: 'what has other attributes than what it replaces leaves some of those',
    tests: updates,
    edits: [{ file: store, find: 'if (over!.shape !== this.#shapeOf(key, image)) return undefined;', replace: '' }],
  },
  {
    rule: 5,
    breaks: 'a state replaces whatever version there is',
    tests: updates,
    edits: [
      { file: statements, find: ' AND "_v"=?`', replace: '`' },
      { file: statements, find: ', { N: String(over) }]', replace: ']' },
    ],
  },
  {
    rule: 5,
    breaks: 'the shape of another version is taken for that of the stored one',
    tests: updates,
    edits: [{ file: 'lib/cache/entry.ts', find: "shapeOf === own.get('persisted')", replace: 'true' }],
  },
  {
    rule: 5,
    breaks: 'what another program added stays beside what is stored',
    tests: updates,
    edits: [{ file: 'lib/store/stores.ts', find: '.otherWriters !== undefined', replace: '.otherWriters === null' }],
  },
  {
    rule: 5,
    breaks: 'a put leaves fields of the state before in the entry',
    edits: [{ file: 'lib/cache/scripts/write-8.lua', find: 'if replaces and 2', replace: 'if false and 2' }],
  },
  {
    rule: 11,
    breaks: 'an append that DynamoDB refuses is tried for ever',
    tests,
    edits: [{ file: statements, find: "  'ValidationError',\n", replace: '' }],
  },
  {
    rule: 11,
    breaks: 'one append that DynamoDB refuses fails its whole batch',
    tests,
    edits: [{ file: statements, find: 'error instanceof ItemRefusedError || ', replace: '' }],
  },
  {
    rule: 11,
    breaks: 'what DynamoDB throttles is asked for again at once',
    tests,
    edits: [{ file: statements, find: "  'DuplicateItem',\n", replace: "  'DuplicateItem',\n  'ThrottlingError',\n" }],
  },
  {
    rule: 11,
    breaks: 'an append whose batch failed counts as stored',
    tests,
    edits: [
      {
        file: 'lib/store/put-each.ts',
        find: '      if (batched instanceof Error) return [key, batched] as const;\n',
        replace: '',
      },
    ],
  },
  {
    rule: 13,
    breaks: 'a drain takes failed batches for a part of what it asked',
    tests,
    edits: [{ file: 'lib/flush/drain.ts', find: 'unavailable === asked', replace: 'unavailable === databaseCalls' }],
  },
];
