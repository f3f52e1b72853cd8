import { mkdir } from 'node:fs/promises';
import { needPackages } from '../needed-packages.ts';
import { type EmbeddedServer, type EmbeddedServerOptions, ServerProcess } from './server-process.ts';

/**
 * Starts an embedded SQS (fauxqs). Unlike AWS it hands out one message of a group per receive, deduplicates over the
 * whole queue whatever the scope says, and checks neither group nor deduplication ids.
 *
 * @returns `url` is the endpoint for clients. The queue URLs that the server makes up do not resolve: give clients the
 * endpoint explicitly.
 * @throws {MissingPackagesError} fauxqs is not installed
 */
export async function startSqs(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer<'fauxqs'>> {
  const { port = 0, dataDir, log } = options;
  needPackages([{ name: 'fauxqs', purpose: 'SQS', instead: 'the URL of an SQS as AWS_ENDPOINT_URL_SQS' }]);
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const server = await ServerProcess.run(
    'fauxqs',
    'local/embedded/sqs-child',
    [String(port), ...(dataDir ? [dataDir] : [])],
    log,
  );
  return {
    url: `http://127.0.0.1:${server.port!}`,
    port: server.port!,
    pid: server.pid,
    kind: 'fauxqs',
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}
