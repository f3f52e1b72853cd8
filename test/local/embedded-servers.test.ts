import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { localDynamodbClient, localSqsClient } from '../../local/clients.ts';
import { startDynamodb } from '../../local/embedded/dynamodb.ts';
import type { EmbeddedServer, EmbeddedServerOptions } from '../../local/embedded/server-process.ts';
import { startSqs } from '../../local/embedded/sqs.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { provisionQueues } from '../../local/provision.ts';

const { searchPath } = localEnvironment();
const probe = await startValkey({ searchPath });
await probe.stop();
const hasProgram = probe.kind !== 'js-redis-server';

const running: EmbeddedServer[] = [];
const directories: string[] = [];

async function started<T extends EmbeddedServer>(server: Promise<T>): Promise<T> {
  running.push(await server);
  return await server;
}

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'write-behind-'));
  directories.push(path);
  return path;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true })));
});

const startProgram = (options: EmbeddedServerOptions = {}) => startValkey({ ...options, searchPath });
const startEmbedded = (options: EmbeddedServerOptions = {}) => startValkey({ ...options, server: 'embedded' });
const all: [string, (options?: EmbeddedServerOptions) => Promise<EmbeddedServer>][] = [
  ...(hasProgram ? [[probe.kind, startProgram] satisfies [string, typeof startProgram]] : []),
  ['js-redis-server', startEmbedded],
  ['fauxqs', startSqs],
  ['dynoxide', startDynamodb],
];

/** Addresses that a process listens on, in the kernel's hexadecimal form. */
async function listening(pid: number): Promise<string[]> {
  const sockets = new Set<string>();
  for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode) sockets.add(inode);
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'utf8')));
  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
    .map((fields) => fields[1]!);
}

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has reaped yet is dead too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe.each(all)('embedded %s', { timeout: 15_000 }, (kind, start) => {
  test.runIf(process.platform === 'linux')('listens on loopback only', async () => {
    const server = await started(start());
    expect(server.kind).toBe(kind);
    const port = server.port.toString(16).toUpperCase().padStart(4, '0');
    expect(await listening(server.pid)).toEqual([`0100007F:${port}`]);
  });

  test.each(['stop', 'kill'] as const)('%s ends it, and it can come back on its port', async (how) => {
    const first = await start();
    await first[how]();
    expect(isAlive(first.pid)).toBe(false);
    const second = await started(start({ port: first.port }));
    expect(second.url).toBe(first.url);
    await second[how]();
    await second[how]();
  });

  test('says why it cannot start', async () => {
    const { port } = await started(start());
    await expect(start({ port })).rejects.toThrow(/(EADDRINUSE|in use)/i);
  });
});

test('all end with their parent, even when that is killed', async () => {
  const script = fileURLToPath(new URL('./orphan-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [script, searchPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  const pids = JSON.parse(line) as number[];
  expect(pids).toHaveLength(4);
  expect(pids.filter((pid) => !isAlive(pid))).toEqual([]);
  parent.kill('SIGKILL');
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 4000 });
});

describe('a data directory keeps', { timeout: 15_000 }, () => {
  test.runIf(hasProgram)('the entries of a real Valkey', async () => {
    const dataDir = await directory();
    const first = await started(startProgram({ dataDir }));
    const before = new Redis(first.url);
    await before.set('a', '1');
    before.disconnect();
    await first.stop();
    const after = new Redis((await started(startProgram({ dataDir }))).url);
    expect(await after.get('a')).toBe('1');
    after.disconnect();
  });

  test('queues and delayed messages', async () => {
    const dataDir = await directory();
    const settings = { windowSeconds: 3, visibilityTimeoutSeconds: 60, maxReceiveCount: 30 };
    const first = await started(startSqs({ dataDir }));
    const { queue } = await provisionQueues(localSqsClient(first.url), first.url, settings);
    expect(queue.url.startsWith(first.url)).toBe(true);
    await localSqsClient(first.url).send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: '{}',
        MessageGroupId: 'a',
        MessageDeduplicationId: 'a:1',
      }),
    );
    await first.kill();
    const second = await started(startSqs({ dataDir }));
    const client = localSqsClient(second.url);
    const again = await provisionQueues(client, second.url, settings);
    expect(again.queue).toEqual({ arn: queue.arn, url: queue.url.replace(first.url, second.url) });
    const receive = new ReceiveMessageCommand({ QueueUrl: again.queue.url, WaitTimeSeconds: 10 });
    expect((await client.send(receive)).Messages).toEqual([expect.objectContaining({ Body: '{}' })]);
  });

  test('tables', async () => {
    const dataDir = await directory();
    const first = await started(startDynamodb({ dataDir }));
    await localDynamodbClient(first.url).send(
      new CreateTableCommand({
        TableName: 'kept',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      }),
    );
    await first.kill();
    const second = await started(startDynamodb({ dataDir }));
    const { Table: table } = await localDynamodbClient(second.url).send(
      new DescribeTableCommand({ TableName: 'kept' }),
    );
    expect(table?.TableStatus).toBe('ACTIVE');
  });
});

describe('valkey', () => {
  test.runIf(hasProgram)('evicts only what has a time to live, and takes more arguments', async () => {
    const server = await started(startValkey({ searchPath, args: ['--maxmemory', '8mb'] }));
    const client = new Redis(server.url);
    expect(await client.config('GET', 'maxmemory*')).toEqual(
      expect.arrayContaining(['maxmemory', '8388608', 'maxmemory-policy', 'volatile-lru']),
    );
    client.disconnect();
  });

  test('falls back to the JavaScript server where no program is found', async () => {
    const server = await started(startValkey({ searchPath: '/nonexistent' }));
    expect(server.kind).toBe('js-redis-server');
  });

  test('a program that does not exist is an error, not a fallback', async () => {
    await expect(startValkey({ server: '/nonexistent/valkey-server' })).rejects.toThrow(/ENOENT/);
  });

  test('the JavaScript server answers a pipeline without delay', async () => {
    const client = new Redis((await started(startEmbedded())).url);
    await client.ping();
    const startedAt = performance.now();
    for (let round = 0; round < 20; round++) {
      await Promise.all(['a', 'b', 'c'].map((key) => client.eval('return redis.call("SET", KEYS[1], "1")', 1, key)));
    }
    // A delayed acknowledgement costs 40 ms a round.
    expect(performance.now() - startedAt).toBeLessThan(400);
    client.disconnect();
  });
});
