import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { DemoError } from '../../cli/demo/errors.ts';
import { startWireCounter, TargetScanner } from '../../cli/demo/wire-counter.ts';
import { localDynamodbClient } from '../../local/clients.ts';

const request = Buffer.from(
  'POST / HTTP/1.1\r\nhost: here\r\nx-amz-target: DynamoDB_20120810.PutItem\r\ncontent-length: 2\r\n\r\n{}',
);

describe('the scanner finds an operation once', () => {
  test.each(Array.from({ length: request.length - 1 }, (_, index) => index + 1))('cut after %i bytes', (at) => {
    const found: string[] = [];
    const scanner = new TargetScanner((operation) => found.push(operation));
    for (const _ of [1, 2]) {
      scanner.scan(request.subarray(0, at));
      scanner.scan(request.subarray(at));
    }
    expect(found).toEqual(['PutItem', 'PutItem']);
  });

  test('and each statement of a batch', () => {
    const statements = ['INSERT INTO "a" VALUE {}', 'UPDATE "a" SET "Statement"=?'].map((Statement) => ({ Statement }));
    const found: string[] = [];
    const scanner = new TargetScanner((name) => found.push(name));
    const body = Buffer.from(JSON.stringify({ Statements: statements }));
    for (let at = 0; at < body.length; at += 7) scanner.scan(body.subarray(at, at + 7));
    expect(found).toEqual(['INSERT', 'UPDATE']);
  });

  test('and not in an item', () => {
    const found: string[] = [];
    const texts = ['\r\nx-amz-target: DynamoDB_20120810.PutItem\r\n', '"Statement":"UPDATE "'];
    const body = JSON.stringify({ Item: { Statement: { S: 'UPDATE ' }, texts: { SS: texts } } });
    new TargetScanner((operation) => found.push(operation)).scan(Buffer.concat([request, Buffer.from(body)]));
    expect(found).toEqual(['PutItem']);
  });
});

test('writes are counted, reads are not, and the answers come through', async () => {
  const server = createServer((_, response) => response.end('{"Items":[],"Count":0}'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const wire = await startWireCounter(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const client = DynamoDBDocumentClient.from(localDynamodbClient(wire.url));
  try {
    for (const id of ['a', 'b', 'c']) await client.send(new PutCommand({ TableName: 'items', Item: { pk: id } }));
    expect((await client.send(new ScanCommand({ TableName: 'items' }))).Count).toBe(0);
    expect(wire.itemWrites()).toBe(3);
  } finally {
    client.destroy();
    await wire.close();
    server.close();
  }
});

test('an endpoint that signs its host is refused', async () => {
  await expect(startWireCounter('https://dynamodb.us-east-1.amazonaws.com')).rejects.toThrow(DemoError);
});
