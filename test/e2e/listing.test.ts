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

/** Gives the flush function messages in one batch: AWS hands out those of several groups at a time, LocalStack of one. */
async function flushByHand(signals: readonly { readonly key: string; readonly version: number }[]): Promise<void> {
  const messages = signals.map(({ key, version }) => ({
    MessageId: key,
    Body: encodeSignal({ key, version }),
    Attributes: { ApproximateReceiveCount: '1' },
  }));
  const { FunctionName } = await configurationOf('flush');
  await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(toSqsEvent(messages, 'by hand')) }));
}

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
  await flushByHand(appended.map(({ json }) => json));
  for (const { json } of appended) expect(await stored(json)).toMatchObject(body.value);
  const commands = async () => (await logged('flush', 'aws-call', since)).map(({ command }) => command);
  await eventually(commands).toContain('BatchExecuteStatement');
});

test('so are items that are stored again', async () => {
  const since = Date.now();
  const items = [freshItem(), freshItem()];
  for (const level of ['database', 'cache']) {
    for (const { path } of items) await send('PUT', path, { body, headers: { 'Write-Durability': level } });
  }
  const { json } = await send('GET', items[0]!.path);
  await flushByHand(items.map(({ key }) => ({ key, version: json.version })));
  expect(await stored(items[0]!)).toMatchObject({ ...body.value, _v: json.version });
  const statements = async () =>
    (await logged('flush', 'aws-call', since)).flatMap(({ statements = [] }) => statements);
  await eventually(statements).toContain('UPDATE');
});

test('an item that Valkey does not know any more is listed from the table', async () => {
  const item = freshItem(LISTABLE);
  const version = Date.now() * 1000;
  await store({ pk: item.key, n: 1, _v: version, _created: version, _list: `${LISTABLE}/0` });
  await eventually(firstListed).toBe(item.key);
});
