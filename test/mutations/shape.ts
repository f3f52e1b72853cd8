import type { Mutation } from './mutation.ts';

const format = 'test/versions/format';
const reshape = 'test/versions/reshape';

/** Ways to break what lets versions, and numbers of shards, follow each other. */
export const shapeMutations: readonly Mutation[] = [
  {
    rule: 11,
    breaks: 'what the next version has added to a message makes it a dead letter',
    edits: [{ file: 'lib/queue/signal.ts', find: 'format > FORMAT ? bodyOfNext : body;', replace: 'body;' }],
    tests: format,
  },
  {
    rule: 4,
    breaks: 'an entry of a format that is not known is claimed',
    edits: [{ file: 'lib/cache/scripts/claim-6.lua', find: 'if state[5] and', replace: 'if false and state[5] and' }],
    tests: format,
  },
  {
    rule: 1,
    breaks: 'a write is taken where the items no longer are',
    edits: [
      {
        file: 'lib/cache/scripts/gate-1.lua',
        find: "redis.call('HSET', shard_key, 'clock', NO_VERSION_LEFT, 'closedClock', closed_clock or clock,",
        replace: "redis.call('HSET', shard_key, 'closedClock', closed_clock or clock,",
      },
    ],
    tests: reshape,
  },
  {
    rule: 8,
    breaks: 'what an instance has once read of the layout it believes for ever',
    edits: [
      {
        file: 'lib/cache/layout.ts',
        find: 'if (!this.#follows) return true;',
        replace: "if (!this.#follows || this.#text !== '') return true;",
      },
    ],
    tests: reshape,
  },
  {
    rule: 14,
    breaks: 'a retry after the items have moved counts again',
    edits: [
      {
        file: 'lib/cache/former-records.ts',
        find: 'if (record.fingerprint === undefined) return undefined;',
        replace: 'if (record) return undefined;',
      },
    ],
    tests: reshape,
  },
];
