import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { DescribeTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LocalEnvironment } from '../../lib/environment.ts';
import { localDynamodbClient } from '../../local/clients.ts';
import { startServers, stopServers } from '../../local/servers.ts';
import { type LocalStack, type StackOptions, startStack } from '../../local/stack.ts';

const environment: LocalEnvironment = { valkeyServer: 'embedded', searchPath: '', settings: {} };
const cleanUp: (() => Promise<void>)[] = [];

async function started(options: Partial<StackOptions> = {}): Promise<LocalStack> {
  const stack = await startStack({ environment, windowSeconds: 0, ...options });
  cleanUp.push(stack.stop);
  return stack;
}

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const put = (stack: LocalStack, key: string) =>
  fetch(`${stack.url}/items/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"value":{"n":1}}',
  });
const read = async (stack: LocalStack, key: string) => (await fetch(`${stack.url}/items/${key}`)).json();
/** Ids of the child processes of this process. */
async function childProcesses(): Promise<string[]> {
  const tasks = await readdir('/proc/self/task');
  const children = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/children`, 'utf8')));
  return children.flatMap((line) => line.split(' ').filter(Boolean)).sort();
}

const soon = { timeout: 8000, interval: 50 };

describe('local stack', { timeout: 20_000 }, () => {
  test('brings a write into the database through the queue', async () => {
    const stack = await started({ sweep: false });
    expect((await put(stack, 'a/b')).status).toBe(202);
    await vi.waitFor(async () => expect(await read(stack, 'a/b')).toMatchObject({ persisted: true }), soon);
  });

  test("has collections in tables of one's own, and sees what other programs change there", async () => {
    const table = {
      name: 'devices',
      partitionKey: { name: 'device', type: 'number' },
      attributes: 'own',
      versionAttribute: 'version',
      unversioned: 'cacheWins',
    } as const;
    const stack = await started({ settings: { collections: { devices: { table, otherWriters: 'cacheWins' } } } });
    const client = localDynamodbClient(stack.dynamodb.url);
    expect((await put(stack, 'devices/x')).status).toBe(422);
    expect((await put(stack, 'devices/7')).status).toBe(202);
    await vi.waitFor(async () => expect(await read(stack, 'devices/7')).toMatchObject({ persisted: true }), soon);
    await client.send(
      new UpdateItemCommand({
        TableName: 'devices',
        Key: { device: { N: '7' } },
        UpdateExpression: 'SET n = :n',
        ExpressionAttributeValues: { ':n': { N: '2' } },
      }),
    );
    await vi.waitFor(async () => expect(await read(stack, 'devices/7')).toMatchObject({ value: { n: 2 } }), soon);
    client.destroy();
  });

  test('sweeps on schedule what the queue does not bring', async () => {
    const settings = { sweepEverySeconds: 1, sweepAfterSeconds: 0 };
    const stack = await started({ settings, eventSource: false });
    expect(stack.eventSource).toBe(undefined);
    await put(stack, 'a/b');
    await vi.waitFor(async () => expect(await read(stack, 'a/b')).toMatchObject({ persisted: true }), soon);
  });

  test('uses the servers that it is given, makes what is missing in them, and leaves them running', async () => {
    const servers = await startServers({ environment });
    cleanUp.push(() => stopServers(servers));
    const given = {
      ...environment,
      valkeyUrl: servers.valkey.url,
      sqsEndpoint: servers.sqs.url,
      dynamodbEndpoint: servers.dynamodb.url,
    };
    const stack = await startStack({ environment: given });
    expect([stack.valkey.kind, stack.sqs.kind, stack.dynamodb.kind]).toEqual(['given', 'given', 'given']);
    expect(stack.endpoints).toMatchObject({ valkeyUrl: given.valkeyUrl, sqsEndpoint: given.sqsEndpoint });
    await stack.stop();
    const client = localDynamodbClient(servers.dynamodb.url);
    const { Table: table } = await client.send(new DescribeTableCommand({ TableName: stack.endpoints.tableName }));
    expect(table?.TableStatus).toBe('ACTIVE');
  });

  test.runIf(process.platform === 'linux')('leaves nothing behind when it cannot start', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    cleanUp.push(() => new Promise((resolve) => other.close(() => resolve())));
    const { port } = other.address() as AddressInfo;
    const before = await childProcesses();
    await expect(startStack({ environment, port })).rejects.toThrow(/EADDRINUSE/);
    await expect(startStack({ environment: { ...environment, valkeyServer: '/nonexistent' } })).rejects.toThrow(
      /ENOENT/,
    );
    expect(await childProcesses()).toEqual(before);
  });

  test('takes settings from its options before those of the environment', async () => {
    const stack = await started({
      environment: { ...environment, settings: { shards: 4, ttlSeconds: 7, windowSeconds: 9 } },
      settings: { shards: 8 },
      windowSeconds: 1,
    });
    expect(stack.config).toMatchObject({ shards: 8, ttlSeconds: 7, windowSeconds: 1 });
  });
});
