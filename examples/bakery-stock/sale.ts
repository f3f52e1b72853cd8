/**
 * A flash sale: more orders than there are pastries, some of them sent twice. Arguments: URL of the API, number of orders.
 * Exit code 0 only if all claims hold.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, WriteBehindClient } from 'write-behind/client';
import settings from './settings.json' with { type: 'json' };

interface Stock {
  readonly left: number;
  readonly sold: number;
}

const [url = 'http://127.0.0.1:3000', count = '1500'] = process.argv.slice(2);
const ORDERS = Number(count);
const BUYERS_AT_ONCE = 50;
const PASTRIES = ['croissant', 'brioche', 'eclair'];
/** What six buyers in a row want; an order is for one to three pieces. */
const WANTED = ['croissant', 'brioche', 'croissant', 'eclair', 'croissant', 'brioche'];
/** Of each. Two of the pastries will not do for all. */
const BAKED = Math.round(ORDERS / 2);
/** Stock, views and price of each, and the board. */
const KEYS = 3 * PASTRIES.length + 1;
/** Idempotency keys are remembered for minutes: another run makes other orders. */
const run = crypto.randomUUID();

const api = new WriteBehindClient({ url });

console.log(`Opening: ${BAKED} of each pastry, ${ORDERS} orders, ${BUYERS_AT_ONCE} buyers at once`);
await api.put('bestsellers/today', { largestOrder: 0 });
for (const pastry of PASTRIES) {
  await api.put(`stock/${pastry}`, { left: BAKED, sold: 0 });
  await api.put(`views/${pastry}`, { count: 0 });
  await api.put(`products/${pastry}`, { cents: 320, freshness: 'warm from the oven' }, { actor: 'baker' });
}
await stored();
const before = await api.stats();

const sales = { sold: 0, pieces: 0, soldOut: 0, twice: 0 };
const numbers = Array.from({ length: ORDERS }, (_, number) => number).values();
const startedAt = performance.now();
await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, buyer));
const seconds = (performance.now() - startedAt) / 1000;
await stored();
const after = await api.stats();

const writes = writesOf(after) - writesOf(before);
const items = after.itemsStored - before.itemsStored;
console.log(`Sale: ${sales.sold} orders for ${sales.pieces} pieces sold, ${sales.soldOut} found too few left`);
console.log(`  ${writes} writes in ${seconds.toFixed(1)} s; ${sales.twice} orders were sent twice, and count once`);
console.log(`  ${items} database writes: one for ${(ORDERS / items).toFixed(0)} orders`);
console.log(`  coalescing ratio ${(writes / items).toFixed(0)}, signals ${after.signals - before.signals}`);
console.log(`  lag ${after.lagMs.p50} ms (p50), ${after.lagMs.p99} ms (p99), last stored ${after.lastStoredAt}`);

console.log('\n  Pastry      Sold  Left  Views');
let soldInAll = 0;
for (const pastry of PASTRIES) {
  const { left, sold } = (await api.get<Stock>(`stock/${pastry}`))!.value;
  const { count: views } = (await api.get<{ count: number }>(`views/${pastry}`))!.value;
  console.log(`  ${pastry.padEnd(10)} ${[sold, left, views].map((number) => String(number).padStart(5)).join(' ')}`);
  soldInAll += sold;
  claim(`${pastry}: sold + left = ${BAKED}, and none was sold that was not there`, sold + left === BAKED && left >= 0);
  const { database } = await api.consistency(`stock/${pastry}`);
  claim('the database says the same', database?.value?.left === left && database.value.sold === sold);
}
claim('what buyers were promised is what was sold', soldInAll === sales.pieces);
const { largestOrder, ...pieces } = (await api.get<Record<string, number>>('bestsellers/today'))!.value;
const board = Object.entries(pieces).sort(([, a], [, b]) => b - a);
console.log(
  `\n  Bestsellers: ${board.map(([pastry, sold]) => `${pastry} ${sold}`).join(', ')}; largest order ${largestOrder}`,
);
claim('the board adds up', board.reduce((sum, [, sold]) => sum + sold, 0) === soldInAll && largestOrder === 3);
const windows = Math.floor(seconds / settings.windowSeconds) + 2;
claim(`each of ${KEYS} items was stored at most once in a window`, items <= KEYS * windows);

console.log('\nThe next morning: nobody asked for prices until they left the cache');
await wait((settings.collections.products.ttlSeconds + 1) * 1000);
const price = async () => (await api.get('products/eclair'))!;
const [first, second] = [await price(), await price()];
console.log(`  read from the ${first.source}, then from the ${second.source}: ${JSON.stringify(second.value)}`);
claim('a read that misses falls back to the database', first.source === 'database');
claim('the price of the sale is the one that was stored', second.value.cents === 160);
const refreshes = async () => (await api.stats()).reads.refreshes;
const so = await refreshes();
// Whoever finds it about to expire refreshes it for all.
for (let reads = 0; reads < 100 && (await refreshes()) === so; reads += 1) await Promise.all([price(), wait(200)]);
claim('while it is read it is refreshed before it expires', (await refreshes()) > so);

/** One of the buyers: looks, orders, and is the next one. */
async function buyer(): Promise<void> {
  for (const number of numbers) {
    const pastry = WANTED[number % WANTED.length]!;
    await api.patch(`views/${pastry}`, { add: { count: 1 } });
    const pieces = 1 + (Math.floor(number / WANTED.length) % 3);
    // Every tenth is impatient: the order leaves twice, at the same time.
    const copies = number % 10 === 0 ? 2 : 1;
    const [sold] = await Promise.all(Array.from({ length: copies }, () => order(number, pastry, pieces)));
    sales.twice += copies - 1;
    sales.sold += sold ? 1 : 0;
    sales.pieces += sold ? pieces : 0;
    sales.soldOut += sold ? 0 : 1;
    if (number === Math.round(ORDERS / 2)) await closeSoon();
  }
}

/** Takes the pieces from the shelf, both numbers or none. @returns whether there were enough */
async function order(number: number, pastry: string, pieces: number): Promise<boolean> {
  const idempotencyKey = `${run}-${number}`;
  try {
    await api.patch(`stock/${pastry}`, { add: { left: { by: -pieces, min: 0 }, sold: pieces } }, { idempotencyKey });
  } catch (error) {
    if (error instanceof ApiError && error.code === 'bound') return false;
    throw error;
  }
  await api.patch(
    'bestsellers/today',
    { add: { [pastry]: pieces }, max: { largestOrder: pieces } },
    { idempotencyKey },
  );
  return true;
}

/** Half price for what is not so fresh any more. */
async function closeSoon(): Promise<void> {
  const changed = { cents: 160, freshness: 'from this morning' };
  for (const pastry of PASTRIES) {
    await api.patch(`products/${pastry}`, { set: changed }, { actor: 'baker', comment: 'closing soon' });
  }
}

/** Waits until the windows of all writes are over and everything is in the database; nobody calls flush. */
async function stored(): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  while ((await api.stats({ signal })).dirtyItems > 0) await wait(100, undefined, { signal });
}

function writesOf({ writes }: Awaited<ReturnType<typeof api.stats>>): number {
  return writes.cache + writes.queue + writes.database;
}

function claim(what: string, holds: boolean): void {
  console.log(`  ${holds ? 'holds' : 'FAILS'}  ${what}`);
  if (!holds) process.exitCode = 1;
}
