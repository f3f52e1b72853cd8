/** Child process of `sqs.ts`: `sqs-child.ts PORT [DATA_DIR]`. */
import type { DatabaseSync } from 'node:sqlite';
import { startFauxqs } from 'fauxqs';
import { liveWithParent, report } from './child-protocol.ts';
import { listenOnLoopbackOnly } from './loopback.ts';

/** What SQS on AWS refuses in a body. Fauxqs' own pattern refuses everything beyond U+FFFF too, emoji for instance. */
const REFUSED_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

async function takeWhatSqsTakes(): Promise<void> {
  const { INVALID_MESSAGE_BODY_CHAR: pattern } = await part<{ INVALID_MESSAGE_BODY_CHAR: RegExp }>('./sqs/sqsTypes.js');
  pattern.test = (text) => REFUSED_CHARACTER.test(text);
}

/**
 * Data on disk have to outlive this process, not the machine: so they need not be on the platter before each answer. Fauxqs commits
 * four times for each message, and waited for the disk each time; here all that a request changes at once is one transaction.
 */
async function writeLessToTheDisk(): Promise<void> {
  type Statement = { run(...values: unknown[]): unknown };
  type Persistence = { readonly db: DatabaseSync; prepareStatements(): Record<string, Statement> };
  const { PersistenceManager } = await part<{ PersistenceManager: { prototype: Persistence } }>('./persistence.js');
  const { prepareStatements } = PersistenceManager.prototype;
  PersistenceManager.prototype.prepareStatements = function () {
    this.db.exec('PRAGMA synchronous = NORMAL');
    const statements = prepareStatements.call(this);
    for (const statement of Object.values(statements)) {
      const run = statement.run.bind(statement);
      statement.run = (...values) => {
        if (!this.db.isTransaction) {
          this.db.exec('BEGIN');
          // Before the answer, for which the request's handler has to return first.
          queueMicrotask(() => this.db.exec('COMMIT'));
        }
        return run(...values);
      };
    }
    return statements;
  };
}

/** An attribute that no message of ours has, in which fauxqs keeps what it does not know: the system attribute `AWSTraceHeader`. */
const KEPT_TRACE_HEADER = 'kept.AWSTraceHeader';

/** Fauxqs drops the one system attribute that a message can be sent with. */
async function keepTraceHeaders(): Promise<void> {
  type Attributes = Record<string, { readonly StringValue?: string }>;
  type Sent = { MessageAttributes?: Attributes; MessageSystemAttributes?: Attributes };
  type Received = {
    MessageAttributes?: Attributes;
    Attributes?: Record<string, string>;
    MD5OfMessageAttributes?: string;
  };
  type Body = Sent & { Entries?: Sent[]; MessageSystemAttributeNames?: string[] };
  type Handler = (body: Body, ...rest: unknown[]) => unknown;
  const { SqsRouter } = await part<{ SqsRouter: { prototype: { register(action: string, handler: Handler): void } } }>(
    './sqs/sqsRouter.js',
  );
  const keep = (message: Sent): void => {
    const header = message.MessageSystemAttributes?.AWSTraceHeader;
    if (header) message.MessageAttributes = { ...message.MessageAttributes, [KEPT_TRACE_HEADER]: header };
  };
  const giveBack = (message: Received, isWanted: boolean): void => {
    const { [KEPT_TRACE_HEADER]: header, ...others } = message.MessageAttributes ?? {};
    if (!header) return;
    message.MessageAttributes = others;
    delete message.MD5OfMessageAttributes;
    if (isWanted) message.Attributes = { ...message.Attributes, AWSTraceHeader: header.StringValue ?? '' };
  };
  const { register } = SqsRouter.prototype;
  SqsRouter.prototype.register = function (action, handler) {
    register.call(this, action, async (body, ...rest) => {
      for (const message of [body, ...(body.Entries ?? [])]) keep(message);
      const answer = await handler(body, ...rest);
      const names = body.MessageSystemAttributeNames ?? [];
      const isWanted = names.includes('All') || names.includes('AWSTraceHeader');
      for (const message of (answer as { Messages?: Received[] } | undefined)?.Messages ?? [])
        giveBack(message, isWanted);
      return answer;
    });
  };
}

/** A module of fauxqs that it does not export. */
async function part<T>(path: string): Promise<T> {
  return (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as T;
}

listenOnLoopbackOnly();
await takeWhatSqsTakes();
await keepTraceHeaders();
await writeLessToTheDisk();
const [port, dataDir] = process.argv.slice(2);
const server = await startFauxqs({ port: Number(port), logger: false, ...(dataDir && { dataDir }) });
liveWithParent(() => server.stop());
report({ pid: process.pid, port: server.port });
