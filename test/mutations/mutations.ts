import { batchMutations } from './batches.ts';
import { deadLetterMutations } from './dead-letters.ts';
import { flushingMutations } from './flushing.ts';
import { historyMutations } from './history.ts';
import { listingMutations } from './listing.ts';
import type { Mutation } from './mutation.ts';
import { otherWriterMutations } from './other-writers.ts';
import { ownTableMutations } from './own-tables.ts';
import { pausingMutations } from './pausing.ts';
import { readMutations } from './reads.ts';
import { shapeMutations } from './shape.ts';
import { tracingMutations } from './tracing.ts';
import { versionMutations } from './versions.ts';

const write = 'lib/cache/scripts/write-8.lua';
const settle = 'lib/cache/scripts/settle-7.lua';
const writePath = 'lib/write/write-path.ts';
const messages = 'lib/flush/flush-messages.ts';

export const mutations: readonly Mutation[] = [
  {
    rule: 1,
    breaks: 'versions follow the clock of whoever writes',
    edits: [{ file: write, find: 'math.max((old_version or 0) + 1, clock + 1, now)', replace: 'now' }],
  },
  {
    rule: 1,
    breaks: 'a patch may grow an item beyond what DynamoDB takes',
    edits: [
      {
        file: write,
        find: "if bytes > tonumber(ARGV[6]) and operation ~= 'delete' then",
        replace: 'if false then',
      },
    ],
  },
  {
    rule: 2,
    breaks: 'a clean entry that is patched keeps its time to live',
    edits: [{ file: write, find: "  redis.call('PERSIST', entry_key)\n", replace: '' }],
  },
  {
    rule: 2,
    breaks: 'settled entries stay forever',
    edits: [{ file: settle, find: "  redis.call('PEXPIRE', entry_key, ttl_ms)\n", replace: '' }],
  },
  {
    rule: 2,
    breaks: 'a full Valkey cannot settle',
    edits: [{ file: settle, find: "redis.call('ZREM', dirty_key, '')\n", replace: '' }],
  },
  {
    rule: 3,
    breaks: 'an acknowledgement does not wait for the message that it depends on',
    edits: [
      {
        file: writePath,
        find: "const awaited = byMessage || stored === 'unsettled';",
        replace: "const awaited = stored === 'unsettled';",
      },
    ],
  },
  {
    rule: 3,
    breaks: 'signals stay behind where the process may stop after the answer',
    edits: [{ file: 'lib/write/signaller.ts', find: '!this.#mayStayBehind ||', replace: '' }],
  },
  {
    rule: 3,
    breaks: 'a send that fails leaves the mark',
    edits: [
      {
        file: 'lib/write/signaller.ts',
        find: 'if (marked) await this.#cache.unmark(key).catch(() => undefined);',
        replace: '',
      },
    ],
  },
  {
    rule: 3,
    breaks: 'the dedup id does not tell versions apart',
    edits: [{ file: 'lib/queue/signal.ts', find: 'signal.version}:', replace: '1}:' }],
  },
  {
    rule: 7,
    breaks: 'a delete removes the entry and leaves no tombstone',
    edits: [{ file: write, find: "  field('deleted', '1')\n", replace: '' }],
  },
  {
    rule: 8,
    breaks: 'a reader fills although a write came in between',
    edits: [{ file: 'lib/cache/scripts/fill-3.lua', find: "redis.call('GET', lease_key) ~= token or ", replace: '' }],
  },
  {
    rule: 8,
    breaks: 'every reader of a missing item loads it',
    edits: [
      {
        file: 'lib/cache/scripts/read-5.lua',
        find: "return { leased and 'miss' or 'busy' }",
        replace: "return { 'miss' }",
      },
    ],
  },
  ...flushingMutations,
  ...ownTableMutations,
  ...otherWriterMutations,
  ...readMutations,
  ...shapeMutations,
  ...tracingMutations,
  ...versionMutations,
  {
    rule: 9,
    breaks: 'bounds are not checked',
    edits: [
      {
        file: 'lib/cache/scripts/change.lua',
        find: "if (low ~= '-' and sum < tonumber(low)) or (high ~= '-' and sum > tonumber(high)) then",
        replace: 'if false then',
      },
    ],
  },
  {
    rule: 9,
    breaks: 'an increment of an item that is not cached starts at zero',
    edits: [
      {
        file: write,
        find: "(operation == 'patch' or condition or",
        replace: '(condition or',
      },
    ],
  },
  {
    rule: 10,
    breaks: 'there is always room',
    edits: [{ file: write, find: '>= tonumber(ARGV[5]) then', replace: '>= tonumber(ARGV[5]) + 1000000 then' }],
  },
  {
    rule: 11,
    breaks: 'a refused item is tried for ever',
    edits: [{ file: messages, find: 'if (wait === undefined) {', replace: 'if (false) {' }],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'a dead letter answers for newer messages, too',
    edits: [{ file: messages, find: 'return newer;', replace: 'return [];' }],
  },
  {
    rule: 11,
    breaks: 'a message whose item failed is not reported',
    edits: [
      {
        file: messages,
        find: 'again.push(...(await this.#conclude(batch, results[index]!)).map(({ messageId }) => messageId));',
        replace: 'await this.#conclude(batch, results[index]!);',
      },
    ],
    tests: 'test/rules/rule-11-transient.test.ts',
  },
  ...batchMutations,
  ...deadLetterMutations,
  ...historyMutations,
  ...listingMutations,
  ...pausingMutations,
  {
    rule: 12,
    breaks: 'without Valkey nothing is accepted',
    edits: [
      {
        file: 'lib/write/item-writer.ts',
        find: 'if (error instanceof CacheUnavailableError) return this.#straight(operation, request, previous, error);',
        replace: 'throw cacheFailure(error);',
      },
    ],
    tests: 'test/rules/rule-12-valkey-away.test.ts',
  },
  {
    rule: 12,
    breaks: 'a write-through that Valkey could not be told of sends no signal',
    edits: [{ file: writePath, find: "return stored === 'unsettled' || written", replace: 'return written' }],
  },
  {
    rule: 12,
    breaks: 'commands without an answer are sent again after a reconnect',
    edits: [
      {
        file: 'lib/clients.ts',
        find: 'autoResendUnfulfilledCommands: false,\n    maxRetriesPerRequest: 0',
        replace: 'autoResendUnfulfilledCommands: true,\n    maxRetriesPerRequest: 20',
      },
    ],
    tests: 'test/rules/rule-12-connection.test.ts',
  },
  {
    rule: 13,
    breaks: 'younger items of other shards go before older ones of a crowded shard',
    edits: [{ file: 'lib/cache/indexes.ts', find: '.filter(({ since }) => since <= youngest)', replace: '' }],
  },
  {
    rule: 13,
    breaks: 'a drain goes on asking a database that is away',
    edits: [
      {
        file: 'lib/flush/drain.ts',
        find: 'if (unavailable > 0 && unavailable === asked) run.over = true;',
        replace: '',
      },
    ],
  },
  {
    rule: 14,
    breaks: 'a replay answers without the signal that the first attempt missed',
    edits: [
      {
        file: write,
        find: "return { 'replay', record[2], stored and 0 or 1,",
        replace: "return { 'replay', record[2], 0,",
      },
    ],
  },
  {
    rule: 14,
    breaks: 'a retry writes again',
    edits: [{ file: write, find: '  if record[1] then\n', replace: '  if false then\n' }],
  },
];
