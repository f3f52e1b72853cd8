import type { Mutation } from './mutation.ts';

const treatments = 'lib/dead-letters/treatments.ts';
const unpark = 'lib/cache/scripts/unpark-3.lua';
const discard = 'lib/cache/scripts/discard-5.lua';
const parkedAndNotNewer = 'if not parked or version > refused then';
const list = 'test/dead-letters/list';

/** What operators do with dead letters belongs to rule 11. */
export const deadLetterMutations: readonly Mutation[] = [
  {
    rule: 11,
    breaks: 'a redriven entry stays parked',
    edits: [{ file: treatments, find: 'await cache.unpark(key, version, nowMs());', replace: 'nowMs();' }],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'the dedup id of a redrive is that of the write',
    edits: [{ file: treatments, find: 'dedupIdOf(signal, summary.id)', replace: 'dedupIdOf(signal)' }],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'a dead letter is deleted before it is sent',
    edits: [
      {
        file: 'lib/dead-letters/office.ts',
        find: '    const results = await Promise.allSettled(letters.map(treatment));',
        replace:
          '    await this.#parts.receiver.delete(letters.map(({ receiptHandle }) => receiptHandle));\n' +
          '    const results = await Promise.allSettled(letters.map(treatment));',
      },
    ],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'an older dead letter releases what is parked at a newer version',
    edits: [{ file: unpark, find: parkedAndNotNewer, replace: 'if not parked then' }],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'a redrive makes an entry dirty that the flush has stored by then',
    edits: [{ file: unpark, find: parkedAndNotNewer, replace: 'if not version or version > refused then' }],
    tests: 'test/rules/rule-11-redrive.test.ts',
  },
  {
    rule: 11,
    breaks: 'a discard drops a newer write',
    edits: [{ file: discard, find: parkedAndNotNewer, replace: 'if not version then' }],
    tests: 'test/rules/rule-11-discard.test.ts',
  },
  {
    rule: 11,
    breaks: 'a discard drops what is parked at a newer version',
    edits: [{ file: discard, find: parkedAndNotNewer, replace: 'if not parked then' }],
    tests: 'test/rules/rule-11-discard.test.ts',
  },
  {
    rule: 11,
    breaks: 'a discard leaves the parked entry, which reads go on to show',
    edits: [{ file: treatments, find: 'if (item) await cache.discard(item.key, item.version);', replace: '' }],
    tests: 'test/rules/rule-11-discard.test.ts',
  },
  {
    rule: 11,
    breaks: 'a discard deletes the letter although the entry could not be dropped',
    edits: [
      {
        file: treatments,
        find: 'await cache.discard(item.key, item.version);',
        replace: 'await cache.discard(item.key, item.version).catch(() => false);',
      },
    ],
    tests: 'test/rules/rule-11-discard.test.ts',
  },
  {
    rule: 11,
    breaks: 'nobody hears who discarded what',
    edits: [{ file: treatments, find: '    report.discarded({', replace: '    void ({' }],
    tests: 'test/rules/rule-11-discard.test.ts',
  },
  {
    rule: 11,
    breaks: 'dead letters of one key are one group and hide each other',
    edits: [
      { file: 'lib/dead-letters/sender.ts', find: 'groupId: dedupId,', replace: 'groupId: groupOf(key),' },
      {
        file: 'lib/dead-letters/sender.ts',
        find: 'dedupIdOf, encodeSignal, type',
        replace: 'dedupIdOf, encodeSignal, groupOf, type',
      },
    ],
    tests: list,
  },
  {
    rule: 11,
    breaks: 'a look leaves the dead letters hidden',
    edits: [{ file: 'lib/dead-letters/look.ts', find: '      await this.#receiver.release([...held]);', replace: '' }],
    tests: list,
  },
];
