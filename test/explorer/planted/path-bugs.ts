import type { Mutation } from '../../mutations/mutation.ts';

const messages = 'lib/flush/flush-messages.ts';
const flushPath = 'lib/flush/flush-path.ts';
const writePath = 'lib/write/write-path.ts';
const itemWriter = 'lib/write/item-writer.ts';

/** Bugs on the paths to and from the scripts that some interleaving must bring to light. */
export const pathBugs: readonly Mutation[] = [
  {
    rule: 3,
    breaks: 'the dedup id does not tell versions apart',
    edits: [{ file: 'lib/queue/signal.ts', find: 'signal.version}:', replace: '1}:' }],
  },
  {
    rule: 3,
    breaks: 'a send that fails is taken for a success',
    edits: [
      {
        file: writePath,
        find: "if (error && byMessage) fail(chain, outcomes, 'queue', ({ inCache }) => queueFailure(error, inCache));",
        replace: 'void error;',
      },
    ],
  },
  {
    rule: 4,
    breaks: 'what Valkey has lost goes silently',
    edits: [
      {
        file: messages,
        find: "if (result.kind === 'lost') this.#report.lost(key, version, traceHeader);",
        replace: '',
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
        replace: 'OR #version > :version OR #version < :version)',
      },
    ],
  },
  {
    rule: 5,
    breaks: 'what has other attributes than what it replaces leaves some of those',
    edits: [
      {
        file: 'lib/store/dynamodb-store.ts',
        find: 'if (over!.shape !== this.#shapeOf(key, image)) return undefined;',
        replace: '',
      },
    ],
  },
  {
    rule: 5,
    breaks: 'what replaces a state replaces any version',
    edits: [
      { file: 'lib/store/statement-batches.ts', find: ' AND "_v"=?`', replace: '`' },
      { file: 'lib/store/statement-batches.ts', find: ', { N: String(over) }]', replace: ']' },
    ],
  },
  {
    rule: 5,
    breaks: 'an answer that was lost counts as stored',
    edits: [
      {
        file: 'lib/store/requests.ts',
        find: '    throw unavailable(table, code, error);',
        replace: '    return undefined as never;',
      },
    ],
  },
  {
    rule: 8,
    breaks: 'a write that was loaded for takes the lease again, in the name of the load from before',
    edits: [
      {
        file: itemWriter,
        find: 'const attempt = { now: this.#clock() };',
        replace: 'const attempt = { now: this.#clock(), token };',
      },
    ],
  },
  {
    rule: 11,
    breaks: 'messages of an item that could not be stored are done',
    edits: [
      {
        file: messages,
        find: 'again.push(...(await this.#conclude(batch, results[index]!)).map(({ messageId }) => messageId));',
        replace: 'await this.#conclude(batch, results[index]!);',
      },
    ],
  },
  {
    rule: 11,
    breaks: 'a dead letter does not carry the state',
    edits: [
      {
        file: 'lib/dead-letters/sender.ts',
        find: 'const signal = { key, version: image.version, image, ...(later && { later }) };',
        replace: 'const signal = { key, version: image.version };',
      },
    ],
  },
  {
    rule: 11,
    breaks: 'a dead letter answers for newer messages, too',
    edits: [{ file: messages, find: 'return newer;', replace: 'return [];' }],
  },
  {
    rule: 11,
    breaks: 'a redrive is swallowed by SQS',
    edits: [
      { file: 'lib/dead-letters/treatments.ts', find: 'dedupIdOf(signal, summary.id)', replace: 'dedupIdOf(signal)' },
    ],
  },
  {
    rule: 12,
    breaks: 'what goes straight to the queue has an old version',
    edits: [
      {
        file: itemWriter,
        find: 'Math.max(this.#clock(), (previous?.version ?? 0) + 1)',
        replace: '(previous?.version ?? 0) + 1',
      },
    ],
  },
  {
    rule: 12,
    breaks: 'what was stored while Valkey was away is never settled',
    edits: [
      {
        file: messages,
        find: "if (result.kind !== 'failed' && result.kind !== 'unsettled') return [];",
        replace: "if (result.kind !== 'failed') return [];",
      },
      { file: messages, find: "if (result.kind === 'unsettled') {", replace: 'if (false) {' },
    ],
  },
  {
    rule: 12,
    breaks: 'a write-through that Valkey could not be told of sends no signal',
    edits: [{ file: writePath, find: "return stored === 'unsettled' || written", replace: 'return written' }],
  },
  {
    rule: 13,
    breaks: 'a drain settles what it could not store',
    edits: [
      {
        file: flushPath,
        find: '      return { ...flushing, asked, result: failed(error, claim?.image) };\n    }\n  }\n\n  async #settle',
        replace:
          '      const stored = item.version === undefined && claim ? { stored: { version: claim.image.version, written: true } } : {};\n      return { ...flushing, ...stored, asked, result: failed(error, claim?.image) };\n    }\n  }\n\n  async #settle',
      },
    ],
  },
];
