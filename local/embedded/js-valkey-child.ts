/** Child process of `valkey.ts`: `js-valkey-child.ts PORT`. */
import { createRedisServer } from 'js-redis-server';
import { liveWithParent, report } from './child-protocol.ts';
import { listenOnLoopbackOnly } from './loopback.ts';

listenOnLoopbackOnly();
const server = await createRedisServer({
  port: Number(process.argv[2]),
  databaseCount: 1,
  compatibility: 'valkey-8.0',
});
liveWithParent(() => server.close());
report({ pid: process.pid, port: server.port });
