/** Child process of `sqs.ts`: `sqs-child.ts PORT [DATA_DIR]`. */
import { startFauxqs } from 'fauxqs';
import { liveWithParent, report } from './child-protocol.ts';
import { listenOnLoopbackOnly } from './loopback.ts';

/** What SQS on AWS refuses in a body. Fauxqs' own pattern refuses everything beyond U+FFFF too, emoji for instance. */
const REFUSED_CHARACTER = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

async function takeWhatSqsTakes(): Promise<void> {
  const module = new URL('./sqs/sqsTypes.js', import.meta.resolve('fauxqs')).href;
  const { INVALID_MESSAGE_BODY_CHAR: pattern } = (await import(module)) as { INVALID_MESSAGE_BODY_CHAR: RegExp };
  pattern.test = (text) => REFUSED_CHARACTER.test(text);
}

listenOnLoopbackOnly();
await takeWhatSqsTakes();
const [port, dataDir] = process.argv.slice(2);
const server = await startFauxqs({ port: Number(port), logger: false, ...(dataDir && { dataDir }) });
liveWithParent(() => server.stop());
report({ pid: process.pid, port: server.port });
