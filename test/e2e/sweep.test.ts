import { GetEventSourceMappingCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDITED, LISTABLE, useDeployment } from '../http/deployment.ts';
import { lambda, physicalId } from './aws.ts';
import { eventually, whenTrue } from './eventually.ts';
import { logged } from './functions.ts';
import { type FreshItem, freshItem, store, stored } from './items.ts';
import { deadLetters } from './queues.ts';
import { refusedValue, startRefusing, stopRefusing, takenValue } from './refusing-table.ts';

const send = useDeployment();
const stats = async () => (await send('GET', '/stats')).json;
const MINUTE_MS = 60_000;
/** What has been dirty for longer than this outlived the retries of its messages: the stage's settings, and some seconds. */
const PARKED_AFTER_MS = 20_000;

/** Acknowledged at `cache` level. */
async function write({ path }: FreshItem, value: object): Promise<void> {
  const answer = await send('PUT', path, { body: { value }, headers: { 'Write-Durability': 'cache' } });
  expect(answer.status).toBe(202);
}

/** Appends several items; in one flush they are stored by one request. */
async function append(count: number): Promise<void> {
  const headers = { 'Write-Durability': 'cache' };
  for (let n = 0; n < count; n++) await send('POST', '/items/e2e', { body: { value: { n } }, headers });
}

/** Several items that are stored already; several of them written again are stored by one request. */
async function storeAll(items: readonly FreshItem[]): Promise<void> {
  const headers = { 'Write-Durability': 'database' };
  for (const { path } of items) await send('PUT', path, { body: { value: takenValue(0) }, headers });
}

async function isParked({ path }: FreshItem): Promise<boolean> {
  return 'parked' in (await send('GET', `${path}/consistency`)).json;
}

describe('while the queue is not read', () => {
  const byFlushNow = freshItem();
  const bySweep = freshItem();
  const good = freshItem(AUDITED);
  const unlisted = freshItem(LISTABLE);
  const again = [freshItem(), freshItem()];
  let mapping: string;

  async function readQueue(Enabled: boolean): Promise<void> {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping, Enabled }));
    await whenTrue(async () => {
      const { State } = await lambda.send(new GetEventSourceMappingCommand({ UUID: mapping }));
      return State === (Enabled ? 'Enabled' : 'Disabled');
    });
  }

  beforeAll(async () => {
    mapping = await physicalId('AWS::Lambda::EventSourceMapping', 'CacheFlushFunction');
    await storeAll(again);
    await startRefusing();
    await readQueue(false);
  });
  afterAll(async () => {
    for (const item of [byFlushNow, bySweep]) await send('PUT', item.path, { body: { value: takenValue(1) } });
    await readQueue(true);
    await whenTrue(async () => {
      const { queue, dirtyItems } = await stats();
      return dirtyItems + queue.visible + queue.delayed + queue.inFlight === 0;
    });
    await stopRefusing();
  });

  test('what the table refuses for good is parked by POST /flush', async () => {
    await farFromNextSweep();
    await append(2);
    for (const item of again) await write(item, takenValue(1));
    await write(byFlushNow, refusedValue(byFlushNow.key));
    await eventually(async () => {
      const { json } = await send('POST', '/flush');
      expect(json.failures).toContainEqual(expect.objectContaining({ key: byFlushNow.key }));
      return isParked(byFlushNow);
    }).toBe(true);
    expect(await deadLetters()).toContainEqual(expect.objectContaining({ key: byFlushNow.key, receiveCount: '0' }));
  });

  test('the scheduled sweep stores what is dirty, with its history, and parks what the table refuses for good', async () => {
    const startedAtMs = Date.now();
    await append(2);
    for (const item of again) await write(item, takenValue(2));
    await write(good, takenValue(1));
    // From before the collection was listable: the sweep finds out when it was created.
    await store({ pk: unlisted.key, n: 1 });
    await write(unlisted, takenValue(1));
    await write(bySweep, refusedValue(bySweep.key));
    await eventually(() => stored(good), 2 * MINUTE_MS).toMatchObject(takenValue(1));
    await eventually(() => isParked(bySweep), 2 * MINUTE_MS).toBe(true);
    expect((await send('GET', `${good.path}/history`)).json.history).toHaveLength(1);
    await eventually(() => stored(unlisted)).toHaveProperty('_created');
    expect((await send('GET', `/items/${LISTABLE}`)).json.items[0].key).toBe(unlisted.key);
    // A sweep logs when it ends, which is after what it stores can be seen.
    await eventually(async () => {
      const sweeps = await logged('sweep', 'sweep', startedAtMs);
      return sweeps.reduce((sum, { flushed }) => sum + Number(flushed), 0);
    }).toBe(6);
    for (const item of again) expect(await stored(item)).toMatchObject(takenValue(2));
    expect(await deadLetters()).toContainEqual(expect.objectContaining({ key: bySweep.key, receiveCount: '0' }));
    // Nobody else did: the signals are still there.
    expect((await stats()).queue.visible).toBeGreaterThanOrEqual(2);
  });
});

/** Waits, where the next sweep is near, until it has been: it must not park what someone else is to park. */
async function farFromNextSweep(): Promise<void> {
  const since = Date.now() - (MINUTE_MS - PARKED_AFTER_MS);
  await eventually(async () => (await logged('sweep', 'sweep', since)).length).toBeGreaterThan(0);
}
