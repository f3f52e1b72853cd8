/** Child process of `http.ts`: the API by HTTP; the argument is its configuration as JSON. */
import { createApiHandler } from '../../functions/api/handler.ts';
import { createLogger } from '../../functions/logger.ts';
import type { Config } from '../../lib/config.ts';
import { WriteBehind } from '../../lib/write-behind.ts';
import { liveWithParent, report } from '../../local/embedded/child-protocol.ts';
import { startHttpServer } from '../../local/http-server.ts';

const config = JSON.parse(process.argv[2]!) as Config;
const cache = await WriteBehind.connect(config);
const handler = createApiHandler(cache, { logger: createLogger({ service: 'api', level: 'WARN' }) });
const server = await startHttpServer({ handler });
liveWithParent(async () => {
  await server.close();
  await cache.close();
});
report({ pid: process.pid, port: Number(new URL(server.url).port) });
