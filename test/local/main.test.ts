import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { configFromEnvironment, localEnvironment } from '../../lib/environment.ts';
import { WriteBehind } from '../../lib/write-behind.ts';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
const PATH = localEnvironment().searchPath;
let running: ChildProcess | undefined;

afterEach(() => {
  running?.kill('SIGKILL');
  running = undefined;
});

/** What a run of the program came to. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code, stdout, stderr }) as Ended,
  );
  return { child, ended };
}

async function start(...args: string[]) {
  const started = run(['--port', '0', ...args]);
  const ready = once(started.child.stdout!, 'data').then(([chunk]) => String(chunk));
  const line = await Promise.race([ready, started.ended.then(({ stderr }) => stderr)]);
  expect(line).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+\n$/);
  return { ...started, url: new URL(line.slice('ready '.length).trim()) };
}

/** Opens a request whose body never comes until it is written. */
async function openRequest(url: URL, bytes: number): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname);
  socket.setEncoding('utf8');
  socket.write(`PUT /items/a/b HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n`);
  // The server's answer to `Expect` says that it is at work on the request.
  socket.write('expect: 100-continue\r\n\r\n');
  await once(socket, 'data');
  return socket;
}

describe('npm start', { timeout: 30_000 }, () => {
  test('prints one line on standard output, serves, and exits 0 on SIGTERM', async () => {
    const { child, ended, url } = await start('--window', '1');
    expect((await fetch(new URL('/health', url))).status).toBe(200);
    expect((await fetch(new URL('/console/samples', url))).status).toBe(200);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(0);
    expect(stdout).toBe(`ready ${url.origin}\n`);
    expect(stderr).toContain(`console: http://localhost:${url.port}/console\n`);
    expect(stderr).toMatch(/flushed \d+, failed \d+, remaining \d+/);
  });

  test('finishes what is in flight on SIGTERM', async () => {
    const { child, ended, url } = await start();
    const body = '{"value":{"n":1}}';
    const socket = await openRequest(url, body.length);
    child.kill('SIGTERM');
    await once(child.stderr!, 'data');
    await wait(50);
    await expect(fetch(url)).rejects.toThrow();
    socket.write(body);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 202 /);
    expect((await ended).code).toBe(0);
  });

  test('exits at once with 130 on a second signal', async () => {
    const { child, ended, url } = await start();
    const socket = await openRequest(url, 10);
    // The terminal and npm both signal on one Ctrl-C: that counts as one.
    child.kill('SIGINT');
    child.kill('SIGINT');
    await wait(500);
    expect(child.exitCode).toBe(null);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    socket.destroy();
  });

  test('keeps acknowledged writes over a restart with --data', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'write-behind-'));
    const value = { gate: 'B7' };
    const first = await start('--data', dataDir, '--window', '900');
    const item = new URL('/items/flights/115', first.url);
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(item, { method: 'PUT', headers, body: JSON.stringify({ value }) })).status).toBe(202);
    first.child.kill('SIGTERM');
    expect((await first.ended).stderr).toContain('flushed 1, failed 0, remaining 0');
    const second = await start('--data', dataDir);
    const answer = await fetch(new URL('/items/flights/115', second.url));
    expect(await answer.json()).toMatchObject({ value, persisted: true });
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
    await rm(dataDir, { recursive: true });
  });

  test.each([
    [['--port', 'http'], /^--port: must be a whole number from 0 to 65535, not "http"/],
    [['--window', '901'], /^--window: must be a whole number from 0 to 900/],
    [['--data', ''], /^--data: must name a directory/],
    [['--nonsense'], /^Unknown option '--nonsense'/],
    [['extra'], /^Unexpected argument 'extra'/],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await run(args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('refuses a wrong setting with exit code 2 before anything starts', async () => {
    const { code, stderr } = await run([], { WRITE_BEHIND_SETTINGS: '{"shards":0}' }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^settings\.shards: /);
  });

  test('explains itself with --help', async () => {
    const { code, stdout } = await run(['--help']).ended;
    expect(code).toBe(0);
    for (const flag of ['--port', '--window', '--data', '--verbose']) expect(stdout).toContain(flag);
  });

  test('--env writes what a program needs to use the library on the same servers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'write-behind-env-'));
    const file = join(folder, 'local.env');
    const { child, ended, url } = await start('--window', '7', '--env', file);
    const config = configFromEnvironment(parseEnv(await readFile(file, 'utf8')) as NodeJS.ProcessEnv);
    expect(config.windowSeconds).toBe(7);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const endpoints = { ...config.endpoints, region: 'us-east-1', credentials };
    const cache = await WriteBehind.connect({ ...config, endpoints });
    await cache.execute({ op: 'put', key: 'a/b', value: { n: 1 }, durability: 'cache' });
    await cache.close();
    const answer = await fetch(new URL('/items/a/b', url));
    expect(await answer.json()).toMatchObject({ value: { n: 1 }, source: 'cache' });
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    await rm(folder, { recursive: true });
  });
});
