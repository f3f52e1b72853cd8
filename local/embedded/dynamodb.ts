import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readManifest } from '../../own-files.ts';
import { MissingPackagesError } from '../needed-packages.ts';
import { type EmbeddedServer, type EmbeddedServerOptions, onFreePort, ServerProcess } from './server-process.ts';

/**
 * Starts an embedded DynamoDB (dynoxide).
 *
 * @returns `url` is the endpoint for clients
 * @throws {MissingPackagesError} the dynoxide package for this system is not installed; another error where there is none
 */
export async function startDynamodb(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer<'dynoxide'>> {
  const program = dynoxideProgram();
  const { dataDir, log } = options;
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });
  const storage = dataDir === undefined ? [] : ['--db-path', join(dataDir, 'dynamodb.sqlite')];
  return await onFreePort(options.port, async (port) => {
    const args = ['serve', '--host', '127.0.0.1', '--port', String(port), ...storage];
    let listening = false;
    const server = await ServerProcess.run('dynoxide', 'local/embedded/tether', [program, ...args], (line) => {
      listening ||= line.includes('listening on');
      log?.(line);
    });
    const url = `http://127.0.0.1:${port}`;
    // Its own word first: whoever else holds the port would answer the request as well.
    await server.untilReady(async () => listening && (await fetch(url)).ok);
    return { url, port, pid: server.pid, kind: 'dynoxide', stop: () => server.stop(), kill: () => server.kill() };
  });
}

function dynoxideProgram(): string {
  const system = `${process.platform}-${process.arch}`;
  const name = `@dynoxide/${system}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/dynoxide`);
  } catch (cause) {
    if (Object.hasOwn(readManifest().peerDependencies, name)) {
      const instead = 'the URL of a DynamoDB as AWS_ENDPOINT_URL_DYNAMODB';
      throw new MissingPackagesError([{ name, purpose: 'DynamoDB', instead }]);
    }
    throw new Error(
      `There is no embedded DynamoDB for ${system} (package ${name}). Set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB of your own.`,
      { cause },
    );
  }
}
