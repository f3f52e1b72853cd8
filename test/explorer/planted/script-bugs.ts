import type { Mutation } from '../../mutations/mutation.ts';

const write = 'lib/cache/scripts/write-8.lua';
const claim = 'lib/cache/scripts/claim-6.lua';
const settle = 'lib/cache/scripts/settle-7.lua';
const fill = 'lib/cache/scripts/fill-3.lua';
const clearsMark = "redis.call('HDEL', entry_key, 'signalled', 'since')";

/** Bugs in the scripts that some interleaving must bring to light. */
export const scriptBugs: readonly Mutation[] = [
  {
    rule: 1,
    breaks: 'versions follow the clock of whoever writes',
    edits: [{ file: write, find: 'math.max((old_version or 0) + 1, clock + 1, now)', replace: 'now' }],
  },
  {
    rule: 1,
    breaks: 'a condition is not checked',
    edits: [{ file: write, find: '  if not holds then\n', replace: '  if false then\n' }],
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
    rule: 4,
    breaks: 'claim leaves the mark, so that a later write does not signal',
    edits: [{ file: claim, find: clearsMark, replace: "redis.call('HDEL', entry_key, 'since')" }],
  },
  {
    rule: 4,
    breaks: 'the mark is cleared at settle instead of at claim',
    edits: [
      { file: claim, find: clearsMark, replace: "redis.call('HDEL', entry_key, 'since')" },
      {
        file: settle,
        find: "if stored > persisted and shape ~= '' then",
        replace: "redis.call('HDEL', entry_key, 'signalled')\nif stored > persisted and shape ~= '' then",
      },
    ],
  },
  {
    rule: 4,
    breaks: 'a message with the value is skipped where the entry is gone',
    edits: [{ file: claim, find: "return { has_value and 'image' or 'unknown',", replace: "return { 'skip'," }],
  },
  {
    rule: 6,
    breaks: 'settle cleans the entry although it changed meanwhile',
    edits: [
      { file: settle, find: 'is_clean = version == stored', replace: 'is_clean = version and version >= stored' },
    ],
  },
  {
    rule: 6,
    breaks: 'an entry that was rolled back stays',
    edits: [
      {
        file: settle,
        find: "if version < stored then\n  redis.call('DEL', entry_key",
        replace: "if false then\n  redis.call('DEL', entry_key",
      },
    ],
  },
  {
    rule: 7,
    breaks: 'a delete leaves an empty item',
    edits: [{ file: write, find: "  field('deleted', '1')\n", replace: '' }],
  },
  {
    rule: 7,
    breaks: 'a patch of what is deleted leaves it deleted',
    edits: [
      {
        file: write,
        find: "local replaces = operation ~= 'patch' or deleted",
        replace: "local replaces = operation ~= 'patch'",
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a reader fills whether his lease stands or not',
    edits: [{ file: fill, find: "redis.call('GET', lease_key) ~= token or ", replace: '' }],
  },
  {
    rule: 8,
    breaks: 'a write leaves the lease of a refresh',
    edits: [
      {
        file: write,
        find: "if not dirty then\n  redis.call('DEL', lease_key)",
        replace: "if not old_version then\n  redis.call('DEL', lease_key)",
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a settle leaves the lease where nothing is cached',
    edits: [
      { file: settle, find: "  redis.call('DEL', lease_key)\n  return 'absent'", replace: "  return 'absent'" },
      { file: claim, find: "    redis.call('DEL', lease_key)\n", replace: '' },
    ],
  },
  {
    rule: 9,
    breaks: 'an increment of what is not cached starts at nothing',
    edits: [
      { file: write, find: "(operation == 'patch' or condition or", replace: '(condition or' },
      { file: write, find: 'whole or state[1])', replace: "whole or state[1] or '0')" },
    ],
  },
  {
    rule: 9,
    breaks: 'a retry adds again',
    edits: [
      {
        file: write,
        find: 'if fingerprint then\n  local record',
        replace: "if fingerprint ~= '' and operation ~= 'patch' then\n  local record",
      },
    ],
  },
  {
    rule: 13,
    breaks: 'a drain takes what was stored once for clean',
    edits: [
      {
        file: claim,
        find: 'elseif not version or persisted >= version then',
        replace: 'elseif not version or persisted > 0 then',
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
