import type { Mutation } from './mutation.ts';

const write = 'lib/cache/scripts/write-8.lua';
const settle = 'lib/cache/scripts/settle-7.lua';
const reader = 'lib/listing/list-reader.ts';
const sources = 'lib/listing/sources.ts';

/** What keeps lists complete and stable belongs to the rules of the steps that it rides on. */
export const listingMutations: readonly Mutation[] = [
  {
    rule: 1,
    breaks: 'a put takes every item that is not cached for a new one',
    tests: 'test/listing/list.test.ts',
    edits: [
      { file: write, find: " or listed == 'load') then", replace: ') then' },
      { file: write, find: "(not old_version and listed == 'new')", replace: 'not old_version' },
    ],
  },
  {
    rule: 1,
    breaks: 'a created item is not among the recent ones',
    tests: 'test/listing/list.test.ts',
    edits: [{ file: write, find: "redis.call('ZADD', recent_key, version_text, item_key)", replace: '' }],
  },
  {
    rule: 3,
    breaks: 'messages do not say when an item was created',
    tests: 'test/listing/trouble.test.ts',
    edits: [{ file: 'lib/queue/signal.ts', find: '    created,\n    pastCache,', replace: '    pastCache,' }],
  },
  {
    rule: 5,
    breaks: 'the store takes an item for new whose creation the writer did not know',
    tests: 'test/listing/trouble.test.ts',
    edits: [
      {
        file: 'lib/store/dynamodb-store.ts',
        find: 'let created = (await this.get(key))?.created;',
        replace: 'let created: number | undefined;',
      },
      {
        file: 'lib/store/dynamodb-store.ts',
        find: '#created = :created',
        replace: '#created <> :version OR #created = :created',
      },
    ],
  },
  {
    rule: 5,
    breaks: 'two flushes that both find an item new give it two creations',
    tests: 'test/listing/trouble.test.ts',
    edits: [
      {
        file: 'lib/store/dynamodb-store.ts',
        find: '#created = :created',
        replace: '#created <> :version OR #created = :created',
      },
    ],
  },
  {
    rule: 6,
    breaks: 'an item that Valkey lost is no recent one if it was changed before it was stored',
    tests: 'test/contract/cache.test.ts',
    edits: [{ file: settle, find: 'if persisted < tonumber(created) then', replace: 'if created == ARGV[2] then' }],
  },
  {
    rule: 6,
    breaks: 'a created item is no recent one any more as soon as it is stored',
    tests: 'test/contract/cache.test.ts',
    edits: [{ file: settle, find: 'tonumber(now) - LINGER_MS', replace: 'now' }],
  },
  {
    rule: 7,
    breaks: 'an item that was created again is also listed where it was before',
    tests: 'test/listing/trouble.test.ts',
    edits: [{ file: reader, find: 'state && !moved', replace: 'state' }],
  },
  {
    rule: 8,
    breaks: 'an item that both have, Valkey and the index, is listed twice',
    tests: 'test/listing/trouble.test.ts',
    edits: [{ file: sources, find: 'if (!last || newestFirst(last, place) !== 0) yield', replace: 'yield' }],
  },
  {
    rule: 8,
    breaks: 'items of the same microsecond keep the order of the index',
    tests: 'test/listing/list.test.ts',
    edits: [
      {
        file: sources,
        find: 'yield held.filter(({ created }) => created !== last).sort(newestFirst);',
        replace: 'yield held.filter(({ created }) => created !== last);',
      },
      { file: sources, find: 'yield held.sort(newestFirst);', replace: 'yield held;' },
    ],
  },
];
