import { access, constants, mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { needPackages } from '../needed-packages.ts';
import { type EmbeddedServer, type EmbeddedServerOptions, onFreePort, ServerProcess } from './server-process.ts';

/** Which server answers: a real one, or the pure-JavaScript one that needs nothing but npm. */
export type ValkeyKind = 'valkey-server' | 'redis-server' | 'js-redis-server';

/** Options of {@link startValkey}. */
export interface ValkeyOptions extends EmbeddedServerOptions {
  /**
   * Path of the server program, or `embedded` for the pure-JavaScript server.
   *
   * @default the first `valkey-server`, else `redis-server`, on `searchPath`, else `embedded`
   */
  readonly server?: string | undefined;
  /** Directories to look for a server program in, separated as in `PATH`. @default none */
  readonly searchPath?: string | undefined;
  /** More arguments for the server program, such as `['--maxmemory', '8mb']`. @default [] */
  readonly args?: readonly string[] | undefined;
}

/**
 * Starts a Valkey for local use. The pure-JavaScript server keeps its data in memory only and knows no `maxmemory`: it
 * ignores `dataDir` and `args`.
 *
 * @returns `url` is `redis://127.0.0.1:PORT`
 * @throws {MissingPackagesError} there is no server program, and js-redis-server is not installed
 */
export async function startValkey(options: ValkeyOptions = {}): Promise<EmbeddedServer<ValkeyKind>> {
  const program =
    options.server === undefined ? await findProgram(options.searchPath ?? '') : programPath(options.server);
  if (program === undefined) return await startJavaScriptServer(options);
  if (options.dataDir !== undefined) await mkdir(options.dataDir, { recursive: true });
  return await onFreePort(options.port, (port) => startProgram(program, port, options));
}

const programPath = (server: string): string | undefined => (server === 'embedded' ? undefined : server);

async function findProgram(searchPath: string): Promise<string | undefined> {
  const directories = searchPath.split(delimiter).filter((directory) => directory !== '');
  for (const name of ['valkey-server', 'redis-server']) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function startProgram(
  program: string,
  port: number,
  options: ValkeyOptions,
): Promise<EmbeddedServer<ValkeyKind>> {
  const storage =
    options.dataDir === undefined
      ? ['--save', '', '--appendonly', 'no']
      : ['--dir', options.dataDir, '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const args = [
    ...['--bind', '127.0.0.1', '--port', String(port), '--daemonize', 'no'],
    ...['--maxmemory-policy', 'volatile-lru'],
    ...storage,
    ...(options.args ?? []),
  ];
  const server = await ServerProcess.run('valkey', 'local/embedded/tether', [program, ...args], options.log);
  let kind: ValkeyKind = 'redis-server';
  await server.untilReady(async () => {
    const info = await serverInfo(port);
    if (/^valkey_version:/m.test(info)) kind = 'valkey-server';
    // Another server may have taken the port; ours then ends, but this probe would have been answered.
    return info.includes(`process_id:${server.pid}\r\n`);
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    kind,
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

async function startJavaScriptServer({ port = 0, log }: ValkeyOptions): Promise<EmbeddedServer<ValkeyKind>> {
  const instead = 'a valkey-server or redis-server on the PATH, or the URL of one as VALKEY_URL';
  needPackages([{ name: 'js-redis-server', purpose: 'Valkey', instead }]);
  const server = await ServerProcess.run('js-redis-server', 'local/embedded/js-valkey-child', [String(port)], log);
  return {
    url: `redis://127.0.0.1:${server.port!}`,
    port: server.port!,
    pid: server.pid,
    kind: 'js-redis-server',
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

/** The answer to `PING`, then `INFO server`; empty until the data is loaded, since `PING` answers `-LOADING` till then. */
async function serverInfo(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('PING\r\nINFO server\r\nQUIT\r\n'));
    let answer = '';
    socket.setEncoding('utf8').setTimeout(1000, () => socket.destroy(new Error('no answer within 1 s')));
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(answer.startsWith('+PONG') ? answer : ''));
  });
}
