import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { toSqsEvent } from '../../local/sqs-event.ts';
import { LISTABLE, useDeployment } from '../http/deployment.ts';
import { lambda } from './aws.ts';
import { eventually } from './eventually.ts';
import { configurationOf, logged } from './functions.ts';
import { freshItem, store, stored } from './items.ts';

const send = useDeployment();
const APPENDS = '/items/e2e';
const body = { value: { n: 1 } };
const firstListed = async () => (await send('GET', `/items/${LISTABLE}?limit=1`)).json.items[0]?.key;

test('a new item is listed before it is stored, and stored with the keys of the index', async () => {
  const item = freshItem(LISTABLE);
  const { json } = await send('PUT', item.path, { body: { value: { n: 1 } } });
  expect(await firstListed()).toBe(item.key);
  await eventually(() => stored(item)).toMatchObject({ _created: json.version });
  expect(await firstListed()).toBe(item.key);
});

test('appends of one batch of messages are stored with one request', async () => {
  const since = Date.now();
  const headers = { 'Write-Durability': 'cache' };
  const appended = [await send('POST', APPENDS, { body, headers }), await send('POST', APPENDS, { body, headers })];
  // By hand: AWS hands out messages of several groups at a time, LocalStack of one.
  const messages = appended.map(({ json: { key, version } }) => ({
    MessageId: key,
    Body: encodeSignal({ key, version }),
    Attributes: { ApproximateReceiveCount: '1' },
  }));
  const { FunctionName } = await configurationOf('flush');
  await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(toSqsEvent(messages, 'by hand')) }));
  for (const { json } of appended) expect(await stored(json)).toMatchObject(body.value);
  const commands = async () => (await logged('flush', 'aws-call', since)).map(({ command }) => command);
  await eventually(commands).toContain('BatchExecuteStatement');
});

test('an item that Valkey does not know any more is listed from the table', async () => {
  const item = freshItem(LISTABLE);
  const version = Date.now() * 1000;
  await store({ pk: item.key, n: 1, _v: version, _created: version, _list: `${LISTABLE}/0` });
  await eventually(firstListed).toBe(item.key);
});
