import type { Edit } from '../mutations/mutation.ts';

/** A rule of the protocol broken, and the scenario in which a run has to show it. */
export interface Planted {
  readonly rule: number;
  readonly breaks: string;
  readonly scenario: 'kept' | 'forgetful';
  /** The faults that bring it to light, if it needs some more often than a short run has them. @default all */
  readonly faults?: string;
  readonly edits: readonly Edit[];
}

const write = 'lib/cache/scripts/write-8.lua';

export const planted: readonly Planted[] = [
  {
    rule: 1,
    breaks: 'versions follow the clock of whoever writes',
    scenario: 'kept',
    edits: [{ file: write, find: 'math.max((old_version or 0) + 1, clock + 1, now)', replace: 'now' }],
  },
  {
    rule: 2,
    breaks: 'dirty entries expire',
    scenario: 'kept',
    edits: [
      {
        file: write,
        find: "local entry = operation == 'patch' and",
        replace: "redis.call('PEXPIRE', entry_key, 700)\nlocal entry = operation == 'patch' and",
      },
    ],
  },
  {
    rule: 3,
    breaks: 'the dedup id does not tell versions apart',
    scenario: 'forgetful',
    edits: [{ file: 'lib/queue/signal.ts', find: 'signal.version}:', replace: '1}:' }],
  },
  {
    rule: 4,
    breaks: 'the value that a message carries is not looked at',
    scenario: 'forgetful',
    edits: [
      {
        file: 'lib/flush/flush-path.ts',
        find: 'return { item, claim: waiting(image!), ',
        replace: 'return { item, claim: null, ',
      },
    ],
  },
  {
    rule: 5,
    breaks: 'the store takes any version',
    scenario: 'kept',
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
    scenario: 'kept',
    faults: 'DynamoDB is slow',
    edits: [
      {
        file: 'lib/cache/scripts/settle-7.lua',
        find: "if stored > persisted and shape ~= '' then",
        replace: "redis.call('HSET', entry_key, 'persisted', state[1])\nif stored > version and shape ~= '' then",
      },
      { file: 'lib/cache/scripts/settle-7.lua', find: 'elseif stored > persisted then', replace: 'elseif false then' },
      {
        file: 'lib/cache/scripts/settle-7.lua',
        find: 'is_clean = version == stored',
        replace: 'is_clean = version and version >= stored',
      },
    ],
  },
  {
    rule: 7,
    breaks: 'a delete leaves no tombstone',
    scenario: 'kept',
    edits: [{ file: write, find: "  field('deleted', '1')\n", replace: '' }],
  },
  {
    rule: 8,
    breaks: 'a reader fills although a write came in between',
    scenario: 'kept',
    edits: [
      {
        file: 'lib/cache/scripts/fill-3.lua',
        find: "redis.call('GET', lease_key) ~= token or dirty",
        replace: 'false',
      },
    ],
  },
  {
    rule: 9,
    breaks: 'an increment of an item that is not cached starts at zero',
    scenario: 'kept',
    edits: [
      { file: write, find: "(operation == 'patch' or condition or", replace: '(condition or' },
      { file: write, find: 'whole or state[1])', replace: "whole or state[1] or '0')" },
    ],
  },
  {
    rule: 10,
    breaks: 'there is always room',
    scenario: 'kept',
    faults: 'away for everyone',
    edits: [{ file: write, find: '>= tonumber(ARGV[5]) then', replace: '>= tonumber(ARGV[5]) + 1000000 then' }],
  },
  {
    rule: 11,
    breaks: 'a message whose item failed is done',
    scenario: 'forgetful',
    faults: 'away for everyone|killed and empty',
    edits: [
      {
        file: 'lib/flush/flush-messages.ts',
        find: 'again.push(...(await this.#conclude(batch, results[index]!)).map(({ messageId }) => messageId));',
        replace: 'await this.#conclude(batch, results[index]!);',
      },
    ],
  },
  {
    rule: 12,
    breaks: 'commands without an answer are sent again after a reconnect',
    scenario: 'forgetful',
    faults: 'answer is cut|API instance is killed',
    edits: [
      {
        file: 'lib/clients.ts',
        find: 'autoResendUnfulfilledCommands: false,\n    maxRetriesPerRequest: 0',
        replace: 'autoResendUnfulfilledCommands: true,\n    maxRetriesPerRequest: 20',
      },
    ],
  },
  {
    rule: 13,
    breaks: 'the sweep finds nothing',
    scenario: 'kept',
    faults: 'API instance is killed|SQS (fails|throttles|resets)',
    edits: [
      {
        file: 'lib/write-behind.ts',
        find: 'dirtyBeforeMs: now - this.config.sweepAfterSeconds * 1000,',
        replace: 'dirtyBeforeMs: 0,',
      },
    ],
  },
  {
    rule: 14,
    breaks: 'a retry writes again',
    scenario: 'kept',
    edits: [{ file: write, find: '  if record[1] then\n', replace: '  if false then\n' }],
  },
];
