import { GetEventSourceMappingCommand, InvokeCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { afterAll, expect, test } from 'vitest';
import { useDeployment } from '../http/deployment.ts';
import { lambda, physicalId } from './aws.ts';
import { eventually } from './eventually.ts';
import { configurationOf, type Folder, logged } from './functions.ts';
import { freshItems, stored } from './items.ts';

const send = useDeployment();
const stats = async () => (await send('GET', '/stats')).json;
const mapping = { UUID: await physicalId('AWS::Lambda::EventSourceMapping', 'CacheFlushFunction') };
const mappingState = async () => (await lambda.send(new GetEventSourceMappingCommand(mapping))).State;

/** Calls a function as its schedule does, without waiting for the minute to be over. */
async function runNow(folder: Folder): Promise<Record<string, unknown>> {
  const { FunctionName } = await configurationOf(folder);
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"source":"aws.events"}' }));
  return JSON.parse(Buffer.from(Payload!).toString());
}

afterAll(() => send('POST', '/resume'));

test('flushing is paused with writes going on, kept paused, and resumed at a rate, with nothing lost', async () => {
  const startedAtMs = Date.now();
  const why = { actor: 'e2e', reason: 'index rebuild, 50 %' };
  await eventually(async () => (await send('POST', '/pause', { body: why })).json).toMatchObject({
    paused: why,
    held: true,
  });
  expect(await mappingState()).toBe('Disabled');

  // As a deployment may that changes it.
  await lambda.send(new UpdateEventSourceMappingCommand({ ...mapping, Enabled: true }));
  await eventually(async () => {
    await runNow('switch');
    return mappingState();
  }).toBe('Disabled');
  await eventually(() => logged('switch', 'flush-is-paused', startedAtMs)).toContainEqual(
    expect.objectContaining({ ...why, PausedFor: expect.any(Number) }),
  );

  const items = freshItems(6);
  for (const n of [1, 2]) {
    for (const [index, { path }] of items.entries()) {
      const headers = { 'Write-Durability': index % 2 === 0 ? 'queue' : 'cache' };
      expect((await send('PUT', path, { body: { value: { n } }, headers })).status).toBe(202);
    }
  }
  // Two for each at queue level, one for each other.
  await eventually(async () => (await stats()).queue).toEqual({ visible: 9, delayed: 0, inFlight: 0 });
  expect(await runNow('sweep')).toMatchObject({ flushed: 0, paused: why });
  expect(await send('POST', '/flush')).toMatchObject({ status: 409, json: why });
  expect((await send('GET', '/health')).json).toMatchObject({
    status: 'degraded',
    checks: { flushing: { status: 'degraded', detail: expect.stringContaining('e2e: index rebuild, 50 %') } },
  });

  expect(await Promise.all(items.map(stored))).toEqual(items.map(() => undefined));

  const resumed = await send('POST', '/resume', { body: { itemsPerSecond: 3 } });
  expect(resumed).toMatchObject({ status: 200, json: { paused: null, drain: { itemsPerSecond: 3 } } });
  const resumedAtMs = performance.now();
  await eventually(async () => (await Promise.all(items.map(stored))).map((item) => item?.n)).toEqual(
    items.map(() => 2),
  );
  // The first has its turn at once, each other a third of a second later.
  expect(performance.now() - resumedAtMs).toBeGreaterThan(1600);
  expect((await send('GET', '/health')).json.checks.flushing).toEqual({ status: 'ok' });
});
