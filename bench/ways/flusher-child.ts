/**
 * Child process of `flusher.ts`: the flush function behind its event source, as another Lambda would be. The argument is its
 * configuration as JSON. `GET /` tells what it has written since it was asked last.
 */
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { createLogger } from '../../functions/logger.ts';
import { createClients } from '../../lib/clients.ts';
import type { Config } from '../../lib/config.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { localSqsClient } from '../../local/clients.ts';
import { liveWithParent, report } from '../../local/embedded/child-protocol.ts';
import { startEventSource } from '../../local/event-source.ts';
import { send } from '../../local/exchange.ts';
import { startLoopbackServer } from '../../local/loopback-server.ts';
import { watchItemWrites } from './item-writes.ts';

const config = JSON.parse(process.argv[2]!) as Config;
const { queueUrl, sqsEndpoint } = config.endpoints;
const clients = createClients(config);
const writes = watchItemWrites(clients.dynamodb);
const cache = await WriteBehind.connect(config, { clients });
const source = startEventSource({
  client: localSqsClient(sqsEndpoint!, { maxAttempts: 1 }),
  queue: { url: queueUrl, arn: 'arn:aws:sqs:us-east-1:000000000000:bench.fifo' },
  handler: createFlushHandler(cache, { logger: createLogger({ service: 'flush', level: 'WARN' }) }),
});
const server = await startLoopbackServer(0, (_request, response) =>
  send(response, { status: 200, headers: [], body: Buffer.from(JSON.stringify(writes.splice(0))) }),
);
liveWithParent(async () => {
  await Promise.all([source.stop(), server.close()]);
  await cache.close();
});
report({ pid: process.pid, port: Number(new URL(server.url).port) });
