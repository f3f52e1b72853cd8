import type { Mutation } from './mutation.ts';

const tests = 'test/flushing';

/** Ways to break pauses and rates. */
export const pausingMutations: readonly Mutation[] = [
  {
    rule: 13,
    breaks: 'the sweep stores while flushing is paused',
    edits: [{ file: 'lib/write-behind.ts', find: 'limit: paused ? 0 : Infinity,', replace: 'limit: Infinity,' }],
    tests,
  },
  {
    rule: 13,
    breaks: 'a pause ends when something else lets signals through',
    edits: [
      {
        file: 'lib/flush/flushing.ts',
        find: 'if (state.paused) await this.#switch().set(false);',
        replace: '',
      },
    ],
    tests,
  },
  {
    rule: 11,
    breaks: 'a message may become a dead letter because its turn never came',
    edits: [{ file: 'lib/flush/pacer.ts', find: 'if (!items[index]!.urgent) waits', replace: 'waits' }],
    tests,
  },
];
