import type { Mutation } from './mutation.ts';

const claim = 'lib/cache/scripts/claim-6.lua';
const settle = 'lib/cache/scripts/settle-7.lua';

/** Ways to break claim, store and settle. */
export const flushingMutations: readonly Mutation[] = [
  {
    rule: 4,
    breaks: 'claim leaves the mark, so that a later write does not signal',
    edits: [
      {
        file: claim,
        find: "redis.call('HDEL', entry_key, 'signalled', 'since')",
        replace: "redis.call('HDEL', entry_key, 'since')",
      },
    ],
  },
  {
    rule: 4,
    breaks: 'the mark is cleared at settle instead of at claim',
    edits: [
      {
        file: claim,
        find: "redis.call('HDEL', entry_key, 'signalled', 'since')",
        replace: "redis.call('HDEL', entry_key, 'since')",
      },
      {
        file: settle,
        find: "if stored > persisted and shape ~= '' then",
        replace: "redis.call('HDEL', entry_key, 'signalled')\nif stored > persisted and shape ~= '' then",
      },
    ],
  },
  {
    rule: 4,
    breaks: 'a lost write is passed over in silence',
    edits: [
      {
        file: 'lib/flush/flush-path.ts',
        find: "if (result.kind === 'lost') await this.#count(item.key, 'knownLost');",
        replace: '',
      },
    ],
  },
  {
    rule: 4,
    breaks: 'a write that an item was patched without is passed over in silence',
    edits: [{ file: claim, find: 'if sent > tonumber(whole) and', replace: 'if false and sent > tonumber(whole) and' }],
  },
  {
    rule: 4,
    breaks: 'a patched item does not remember what it was made on',
    edits: [
      {
        file: 'lib/cache/scripts/write-8.lua',
        find: "field('whole', whole or state[1])",
        replace: "field('whole', version_text)",
      },
    ],
  },
  {
    rule: 5,
    breaks: 'the store takes any version',
    edits: [
      {
        file: 'lib/store/dynamodb-store.ts',
        find: 'OR #version < :version)',
        replace: 'OR #version < :version OR #version >= :version)',
      },
    ],
  },
  {
    rule: 6,
    breaks: 'settle cleans an entry that changed meanwhile',
    edits: [
      { file: settle, find: 'is_clean = version == stored', replace: 'is_clean = version and version >= stored' },
    ],
  },
  {
    rule: 6,
    breaks: 'a settle that fails takes the item out of the index all the same',
    edits: [
      {
        file: settle,
        find: "redis.call('ZREM', dirty_key, '')\n",
        replace: "redis.call('ZREM', dirty_key, is_clean and item_key or '')\n",
      },
    ],
  },
  {
    rule: 6,
    breaks: 'an entry that is older than the store stays',
    edits: [{ file: settle, find: 'if version < stored then', replace: 'if false then' }],
  },
  {
    rule: 4,
    breaks: 'a counter that Valkey refuses fails the whole batch',
    edits: [
      {
        file: 'lib/flush/flush-path.ts',
        find: '    } catch {\n      this.#cache.observations.count(counter, 1);',
        replace:
          '    } catch (error) {\n      if (!isValkeyAway(error)) throw error;\n      this.#cache.observations.count(counter, 1);',
      },
    ],
  },
];
