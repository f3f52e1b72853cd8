import type { Mutation } from './mutation.ts';

const tests = 'test/observability/open-telemetry';

/** Ways to lose sight of a write. */
export const tracingMutations: readonly Mutation[] = [
  {
    rule: 3,
    breaks: 'a message travels without the trace of its write',
    edits: [{ file: 'lib/queue/sqs-queue.ts', find: '...(traceHeader && {', replace: '...(false && {' }],
    tests,
  },
  {
    rule: 4,
    breaks: 'of the messages of an item the oldest is followed, which is not what is stored',
    edits: [
      {
        file: 'lib/flush/flush-messages.ts',
        find: 'b.signal.version - a.signal.version',
        replace: 'a.signal.version - b.signal.version',
      },
    ],
    tests,
  },
  {
    rule: 11,
    breaks: 'an item is parked, and nobody hears of it',
    edits: [
      {
        file: 'lib/dead-letters/sender.ts',
        find: '    this.#report.parked(key, image.version, cause.traceHeader);\n',
        replace: '',
      },
    ],
    tests: 'test/rules/rule-11-permanent',
  },
];
