/** Starts a PostgreSQL of the distribution on 127.0.0.1, with data of its own that go with it. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedServer, onFreePort, ServerProcess } from '../../../local/embedded/server-process.ts';
import { findProgram } from '../programs.ts';

/** Where Debian has its versions, none of them on the PATH. */
const DEBIAN = '/usr/lib/postgresql';
/** It refuses to run as root; the package makes this user. */
const USER = 'postgres';

/** Folder of the server's programs, the newest version of them. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const debian = versions.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  const onPath = findProgram('initdb')?.replace(/\/initdb$/, '');
  return debian ?? onPath;
}

/** An empty database; `url` is that of its owner. */
export async function startPostgres(): Promise<EmbeddedServer<'postgres'>> {
  const programs = postgresPrograms();
  if (!programs) throw new Error('There is no PostgreSQL: apt-get install postgresql');
  const home = mkdtempSync(join(tmpdir(), 'write-behind-postgres-'));
  const as = runningAs(home);
  const data = join(home, 'data');
  const remove = () => rmSync(home, { recursive: true, force: true });
  try {
    const [initdb, ...args] = [...as, join(programs, 'initdb'), '-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8'];
    execFileSync(initdb!, [...args, '--locale=C.UTF-8', '--no-sync'], { cwd: home, stdio: 'ignore' });
    return await onFreePort(undefined, async (port) => {
      const server = await ServerProcess.run('postgres', 'local/embedded/tether', [
        ...as,
        ...[join(programs, 'postgres'), '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', ''],
        // Nothing of it outlives a crash of the machine.
        ...['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'shared_buffers=32MB'],
      ]);
      const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
      // Its own word: whoever else holds the port would answer as well.
      await server.untilReady(async () => (await dataDirectory(url)) === data, 30_000);
      const ended = (end: () => Promise<void>) => async () => {
        await end();
        remove();
      };
      const kill = ended(() => server.kill());
      return { url, port, pid: server.pid, kind: 'postgres', kill, stop: ended(() => server.stop()) };
    });
  } catch (error) {
    remove();
    throw error;
  }
}

/** What comes before a command so that it runs as a user that PostgreSQL takes; the directory is given to him. */
function runningAs(home: string): string[] {
  if (userInfo().uid !== 0) return [];
  const id = (which: string) => Number(execFileSync('id', [which, USER], { encoding: 'utf8' }));
  chownSync(home, id('-u'), id('-g'));
  // It becomes the command: what is signalled is the server itself.
  return ['/usr/bin/setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--'];
}

async function dataDirectory(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('SHOW data_directory')).rows[0].data_directory;
  } finally {
    await client.end();
  }
}
