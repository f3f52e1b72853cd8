import type { Mutation } from './mutation.ts';

const tests = 'test/security/forged';

/** Versions that no writer has given. */
export const versionMutations: readonly Mutation[] = [
  {
    rule: 1,
    breaks: 'writes are acknowledged under the same version again and again once versions end',
    edits: [
      { file: 'lib/cache/scripts/write-8.lua', find: 'if version > MAX_SAFE_INTEGER then', replace: 'if false then' },
    ],
    tests,
  },
  {
    rule: 4,
    breaks: 'a message of the future is believed',
    edits: [
      {
        file: 'lib/flush/flush-messages.ts',
        find: 'if (isAhead(signal.version, this.#nowMs()))',
        replace: 'if (false)',
      },
    ],
    tests,
  },
  {
    rule: 4,
    breaks: 'a message of a writer whose clock is ahead is given up, although Valkey has its version',
    edits: [
      {
        file: 'lib/flush/flush-messages.ts',
        find: "    if (reply.kind === 'hit' && reply.entry.version >= version) return;\n",
        replace: '    if (!reply) return;\n',
      },
    ],
    tests,
  },
  {
    rule: 5,
    breaks: 'a _v that is no version is taken for a newer one',
    edits: [
      {
        file: 'lib/store/dynamodb-store.ts',
        find: 'const version = item._v ? storedVersion(item._v.N) : without;',
        replace: 'const version = Number(item._v?.N ?? Number.MAX_SAFE_INTEGER);',
      },
    ],
    tests,
  },
];
