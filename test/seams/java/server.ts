/** Starts servers in Java that are installed, on 127.0.0.1 only. */
import { join } from 'node:path';
import { type EmbeddedServer, onFreePort, ServerProcess } from '../../../local/embedded/server-process.ts';
import { findProgram } from '../programs.ts';
import { type Installed, installed } from './install.ts';

/** A server in Java; the folder of this name beside this file says what it is made of. */
export type JavaServerName = 'dynamodb-local' | 'elasticmq';

/** A JVM starts slowly, and slower still beside others. */
const START_TIMEOUT_MS = 60_000;

/** Downloads a server unless it is there. */
export function installedServer(name: JavaServerName): Installed {
  return installed(join(import.meta.dirname, name));
}

/** Amazon's DynamoDB Local, in memory. */
export function startDynamodbLocal(): Promise<EmbeddedServer<'dynamodb-local'>> {
  return start('dynamodb-local', ({ lib }, port) => [
    // Where the native part of its storage is.
    `-Djava.library.path=${lib}`,
    'Loopback',
    ...['-port', String(port), '-inMemory', '-sharedDb', '-disableTelemetry'],
  ]);
}

/** ElasticMQ, in memory. */
export function startElasticMq(): Promise<EmbeddedServer<'elasticmq'>> {
  return start('elasticmq', (_, port) => [
    ...['-Drest-sqs.bind-hostname=127.0.0.1', `-Drest-sqs.bind-port=${port}`],
    ...['-Dnode-address.host=127.0.0.1', `-Dnode-address.port=${port}`, '-Drest-stats.enabled=false'],
    'org.elasticmq.server.Main',
  ]);
}

async function start<Name extends JavaServerName>(
  name: Name,
  argsOf: (program: Installed, port: number) => string[],
): Promise<EmbeddedServer<Name>> {
  const program = installedServer(name);
  const java = findProgram('java');
  if (!java) throw new Error('java is not on the PATH.');
  return await onFreePort(undefined, async (port) => {
    const args = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-cp', program.classPath, ...argsOf(program, port)];
    const server = await ServerProcess.run(name, 'local/embedded/tether', [java, ...args]);
    const url = `http://127.0.0.1:${port}`;
    // Any answer will do: what is asked for is no request of its protocol.
    await server.untilReady(async () => (await fetch(url)).status > 0, START_TIMEOUT_MS);
    return { url, port, pid: server.pid, kind: name, stop: () => server.stop(), kill: () => server.kill() };
  });
}
