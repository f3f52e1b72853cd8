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
 * twice for each message, and waited for the disk each time.
 */
async function leaveTheDiskToTheKernel(): Promise<void> {
  type Persistence = { readonly db: DatabaseSync; prepareStatements(): unknown };
  const { PersistenceManager } = await part<{ PersistenceManager: { prototype: Persistence } }>('./persistence.js');
  const { prepareStatements } = PersistenceManager.prototype;
  PersistenceManager.prototype.prepareStatements = function () {
    this.db.exec('PRAGMA synchronous = NORMAL');
    return prepareStatements.call(this);
  };
}

/** A module of fauxqs that it does not export. */
async function part<T>(path: string): Promise<T> {
  return (await import(new URL(path, import.meta.resolve('fauxqs')).href)) as T;
}

listenOnLoopbackOnly();
await takeWhatSqsTakes();
await leaveTheDiskToTheKernel();
const [port, dataDir] = process.argv.slice(2);
const server = await startFauxqs({ port: Number(port), logger: false, ...(dataDir && { dataDir }) });
liveWithParent(() => server.stop());
report({ pid: process.pid, port: server.port });
