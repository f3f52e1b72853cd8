import { expect, test } from 'vitest';
import { useDeployment } from '../http/deployment.ts';
import { eventually } from './eventually.ts';
import { deployedSettings } from './functions.ts';
import { freshItem, freshItems, stored } from './items.ts';

const send = useDeployment();
const { windowSeconds } = await deployedSettings();

const stats = async () => (await send('GET', '/stats')).json;

/** Counts item writes from now on. */
async function countItemWrites() {
  const before = (await stats()).itemsStored;
  const startedAt = performance.now();
  return {
    /** Windows that began until now, and one for what the last of them left. */
    windows: () => Math.ceil((performance.now() - startedAt) / 1000 / windowSeconds) + 1,
    count: async (): Promise<number> => (await stats()).itemsStored - before,
  };
}

test.each([
  ['cache', 'cache', 202],
  ['queue', 'queue', 202],
  // What is acknowledged at `database` level brings along what went before it.
  ['cache', 'database', 200],
])(
  'the last of many writes at %s level, itself at %s level, is stored, in an item write a window',
  async (level, last, status) => {
    const item = freshItem();
    const itemWrites = await countItemWrites();
    const write = (n: number, durability: string) =>
      send('PUT', item.path, {
        headers: { 'Write-Durability': durability },
        body: { value: { n }, actor: `writer ${n}` },
      });
    for (let n = 1; n < 30; n++) expect((await write(n, level)).status).toBe(202);
    const answer = await write(30, last);
    expect(answer).toMatchObject({ status, json: { durability: last } });
    const windows = itemWrites.windows();
    const newest = { n: 30, _v: answer.json.version, _by: 'writer 30' };
    if (last === 'database') expect(await stored(item)).toMatchObject(newest);
    await eventually(() => stored(item)).toMatchObject(newest);
    await eventually(async () => (await send('GET', item.path)).json).toMatchObject({ persisted: true });
    expect(await itemWrites.count()).toBeGreaterThan(0);
    expect(await itemWrites.count()).toBeLessThanOrEqual(windows);
  },
);

test('increments that are made at the same time add up in the table', async () => {
  const item = freshItem();
  const increment = () =>
    send('PATCH', item.path, { body: { add: { n: 1 } }, headers: { 'Write-Durability': 'cache' } });
  const lane = async () => {
    for (let n = 0; n < 10; n++) expect((await increment()).status).toBe(202);
  };
  await Promise.all(Array.from({ length: 5 }, lane));
  await eventually(() => stored(item)).toMatchObject({ n: 50 });
});

test('a thousand writes to twenty items are at most one item write an item and window', async () => {
  const items = freshItems(20);
  const itemWrites = await countItemWrites();
  const headers = { 'Write-Durability': 'cache' };
  // Each batch has five increments of each item, in a different order.
  for (let batch = 0; batch < 9; batch++) {
    const operations = Array.from({ length: 100 }, (_, index) => ({
      op: 'patch',
      key: items[(index * 7 + batch) % items.length]!.key,
      add: { n: 1 },
    }));
    const { status, json } = await send('POST', '/batch', { body: { operations }, headers });
    expect(status).toBe(200);
    expect(new Set(json.results.map((result: { status: number }) => result.status))).toEqual(new Set([202]));
  }
  const counts = async () => (await Promise.all(items.map(stored))).map((item) => item?.n);
  await eventually(counts).toEqual(items.map(() => 45));
  const { signals } = await stats();
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(
      items.map(({ path }) => send('PATCH', path, { body: { add: { n: 1 } }, headers })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  }
  const windows = itemWrites.windows();
  // What is written after a flush is signalled again.
  expect((await stats()).signals - signals).toBeGreaterThanOrEqual(items.length);
  await eventually(counts).toEqual(items.map(() => 50));
  expect(await itemWrites.count()).toBeLessThanOrEqual(items.length * windows);
});
