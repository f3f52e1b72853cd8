import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Redis } from 'ioredis';
import type { WriteBehind } from '../../lib/write-behind.ts';
import type { System } from '../../test/support/system.ts';
import { inLanes } from '../lanes.ts';
import type { PutOne } from './library.ts';
import { inCircle, type Put } from './puts.ts';
import { WireRecorder } from './wire-recorder.ts';

/** Calls of scripts as they went over the wire, and how many writes of the library they stand for. */
export interface Recorded {
  readonly calls: readonly (readonly string[])[];
  readonly writes: number;
}

/**
 * Lets the library write in so many lanes, and keeps what it sends to Valkey for it.
 *
 * @param put how the library is asked
 * @throws where it sends anything but calls of scripts: the bare limit would then not be that of the same work
 */
export async function record(
  system: System,
  lanes: number,
  puts: readonly Put[],
  put: (cache: WriteBehind) => PutOne,
): Promise<Recorded> {
  const recorder = await WireRecorder.start(system.servers.valkey.url);
  const cache = await system.another({}, {}, { valkeyUrl: recorder.url });
  try {
    recorder.take();
    const write = put(cache);
    await inLanes({ lanes, operations: puts.length }, (index) => write(puts[index]!));
    const commands = recorder.take();
    const other = commands.find(([name]) => name!.toLowerCase() !== 'evalsha');
    if (other) throw new Error(`The write path sends ${other[0]}: the bare limit has to do so too.`);
    return { calls: commands.map(([, ...args]) => args), writes: puts.length };
  } finally {
    await cache.close();
    await recorder.stop();
  }
}

/** A client of Valkey with nothing around it, with automatic pipelines as the library has them. */
export function bareValkey(url: string): Redis {
  return new Redis(url, { protocol: 2, enableAutoPipelining: true });
}

/** CPU time that Valkey has used so far, µs; 0 from a server that does not say. */
export async function valkeyCpu(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  return 1e6 * [...info.matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm)].reduce((sum, [, used]) => sum + Number(used), 0);
}

/** Makes recorded calls again, one each time; the same scripts, keys, arguments and payloads. */
export function replay(client: Redis, { calls }: Recorded): () => Promise<unknown> {
  const next = inCircle(calls as [string, string, ...string[]][]);
  return () => client.evalsha(...next());
}

/** What is written where nothing is checked, versioned or counted: the value, and a list of what changed. */
export function setAndPush(client: Redis): PutOne {
  return ({ key, value }) => Promise.all([client.set(key, JSON.stringify(value)), client.rpush('changed', key)]);
}

/** Write-through: the put goes straight to the table, by the AWS SDK. */
export function putItem(client: DynamoDBClient, tableName: string): PutOne {
  return ({ key, value: { payload } }) =>
    client.send(new PutItemCommand({ TableName: tableName, Item: { pk: { S: key }, payload: { S: payload } } }));
}

/** A conditional put, as the flush makes it, and nothing else. */
export function conditionalPutItem(client: DynamoDBClient, tableName: string): PutOne {
  return ({ key, value: { payload } }) => {
    const version = { N: String(Date.now() * 1000) };
    return client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { pk: { S: key }, _v: version, _at: { S: new Date().toISOString() }, payload: { S: payload } },
        ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
        ExpressionAttributeNames: { '#version': '_v' },
        ExpressionAttributeValues: { ':version': version },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  };
}
