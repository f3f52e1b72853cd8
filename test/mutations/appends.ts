import type { Mutation } from './mutation.ts';

const tests = 'test/rules/rule-05-appends';
const inserts = 'lib/store/insert-batch.ts';

/** Appends are stored in batches; what a batch cannot do well is left to a put. */
export const appendMutations: readonly Mutation[] = [
  {
    rule: 5,
    breaks: 'an item of which the table has a version counts as inserted',
    tests,
    edits: [
      {
        file: inserts,
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
      { file: inserts, find: 'if (!names.every((name) => PLAIN_NAME.test(name))) return undefined;', replace: '' },
    ],
  },
  {
    rule: 5,
    breaks: 'every write is taken for an append',
    tests,
    edits: [{ file: 'lib/flush/flush-path.ts', find: '&& isAppend(key, reply.entry.version)', replace: '' }],
  },
  {
    rule: 11,
    breaks: 'an append that DynamoDB refuses is tried for ever',
    tests,
    edits: [{ file: inserts, find: "  'ValidationError',\n", replace: '' }],
  },
  {
    rule: 11,
    breaks: 'one append that DynamoDB refuses fails its whole batch',
    tests,
    edits: [{ file: inserts, find: 'if (error instanceof ItemRefusedError) return [];', replace: '' }],
  },
  {
    rule: 11,
    breaks: 'what DynamoDB throttles is asked for again at once',
    tests,
    edits: [{ file: inserts, find: "  'DuplicateItem',\n", replace: "  'DuplicateItem',\n  'ThrottlingError',\n" }],
  },
  {
    rule: 11,
    breaks: 'an append whose batch failed counts as stored',
    tests,
    edits: [
      {
        file: 'lib/store/put-each.ts',
        find: '      if (inserted instanceof Error) return [key, inserted] as const;\n',
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
