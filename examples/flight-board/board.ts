/** An evening at an airport in nine steps: its board, and the record of who changed what. Exit code 0 only if all claims hold. */
import { isDeepStrictEqual } from 'node:util';
import { ApiError, WriteBehindClient, type WriteOptions } from 'write-behind/client';

interface Flight {
  readonly time: string;
  readonly to: string;
  readonly gate: string;
  readonly status: string;
  /** Minutes. */
  readonly delay: number;
}

const TIMETABLE = ['115 17:05 Portland B7', '208 17:20 Denver B3', '342 17:45 Seattle C1', '410 18:10 Chicago A4'];
const keys = TIMETABLE.map((line) => `flights/WB${line.slice(0, 3)}`);
const [portland, denver, seattle, chicago] = keys as [string, string, string, string];
const airport = 'airports/ABQ';

const api = new WriteBehindClient({ url: process.argv[2] ?? 'http://127.0.0.1:3000' });
/** Versions of the acknowledged writes, by key. */
const acknowledged = new Map<string, number[]>();

step('put: the timetable goes on the board');
await Promise.all([
  api.put(airport, { delays: 0, minutes: 0, worst: 0 }),
  ...TIMETABLE.map((line, index) => {
    const [, time, to, gate] = line.split(' ');
    const flight = { time, to, gate, status: 'on time', delay: 0 };
    return kept(api.put(keys[index]!, flight, { actor: 'timetable' }));
  }),
]);
await printBoard();

step('patch: one flight goes to another gate');
await kept(api.patch(portland, { set: { gate: 'C2' } }, { actor: 'gate desk', comment: 'jet bridge B7 is broken' }));

step('add: delays add up, however many report at once, and stay within their bounds');
const reports = ['late crew', 'late bags', 'de-icing', 'no slot', 'thunderstorm'];
await Promise.all(reports.map((comment) => delayed(seattle, 9, { actor: 'operations', comment })));
await delayed(denver, 25, { actor: 'operations', comment: 'late incoming aircraft' });
await delayed(denver, -10, { actor: 'captain', comment: 'short turnaround' });
const early = api.patch(denver, { add: { delay: { by: -60, min: 0 } } }, { actor: 'captain' });
claim('nobody makes up more time than was lost: 409 bound', (await problemOf(early)) === 'bound');
claim('five reports of 9 minutes are 45', (await flight(seattle)).delay === 45);

step('max: the worst delay of the evening stays, also when time is made up');
const evening = (await api.get<{ delays: number; minutes: number; worst: number }>(airport))!.value;
claim('7 reports, 60 minutes, the worst 45', isDeepStrictEqual(evening, { delays: 7, minutes: 60, worst: 45 }));

step('delete, and create again: a flight is cancelled and flies after all');
const { value: planned } = (await api.get<Flight>(chicago))!;
await kept(api.delete(chicago, { actor: 'operations', comment: 'no crew' }));
claim('it is gone', (await api.get(chicago)) === null);
const again = { ...planned, time: '19:30', status: 'new time' };
await kept(api.put(chicago, again, { ifMatch: 'none', actor: 'operations', comment: 'crew found' }));

step('If-Match: of two who saw the same board, one changes it, the other is told');
const { version: ifMatch } = (await api.get(denver))!;
const gates = ['A1', 'A2'].map((gate) =>
  kept(api.patch(denver, { set: { gate } }, { ifMatch, actor: `desk ${gate}` })),
);
const outcomes = await Promise.all(gates.map(problemOf));
claim('one succeeds, the other gets 412', isDeepStrictEqual(outcomes.sort(), ['none', 'precondition-failed']));

step('batch: boarding calls in one request');
const calls = await api.batch(
  [portland, denver].map((key) => ({ op: 'patch', key, set: { status: 'boarding' }, actor: 'gate desk' }) as const),
);
for (const call of calls) if ('version' in call) await kept(Promise.resolve(call));
claim('each operation has its own result', calls.length === 2 && calls.every(({ status }) => status === 202));
await printBoard();

step('flush: what waits for its window is stored now');
const { flushed, failed, databaseCalls } = await api.flush();
const count = [...acknowledged.values()].flat().length;
console.log(`  ${count} writes to ${keys.length} flights; ${flushed} items stored, ${databaseCalls} database calls`);
claim('nothing was refused', failed === 0);

step('consistency: cache and database hold the same, and the history has every write');
for (const key of keys) {
  const { consistent, database } = await api.consistency(key);
  const { history } = await api.history(key, { limit: 100 });
  const recorded = new Set(history.map(({ version }) => version));
  claim(`${key} is in the database as version ${database?.version}`, consistent && database !== null);
  const writes = acknowledged.get(key)!;
  claim(
    `and all its ${writes.length} writes are recorded`,
    writes.every((version) => recorded.has(version)),
  );
}
await printHistory(denver);

/** Reports a delay: the flight's own, and the airport's counters, many writes that are one in the database. */
async function delayed(key: string, by: number, why: WriteOptions): Promise<void> {
  const { value } = await kept(api.patch(key, { set: { status: 'delayed' }, add: { delay: { by, min: 0 } } }, why));
  await api.patch(airport, { add: { delays: 1, minutes: by }, max: { worst: Number(value?.delay) } });
}

/** Remembers an acknowledged write. */
async function kept<A extends { key: string; version: number }>(writing: Promise<A>): Promise<A> {
  const acknowledgement = await writing;
  const { key, version } = acknowledgement;
  acknowledged.set(key, [...(acknowledged.get(key) ?? []), version]);
  return acknowledgement;
}

async function flight(key: string): Promise<Flight> {
  return (await api.get<Flight>(key))!.value;
}

/** What a call is refused with. */
async function problemOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

async function printBoard(): Promise<void> {
  console.log('\n  Time   Flight  To          Gate  Delay   Status    Last change');
  for (const key of keys) {
    const { value, actor, comment } = (await api.get<Flight>(key))!;
    const delay = value.delay > 0 ? `+${value.delay} min` : '';
    const cells = [value.time, key.slice(8).padEnd(6), value.to.padEnd(10), value.gate.padEnd(4), delay.padEnd(7)];
    console.log(`  ${cells.join('  ')} ${value.status.padEnd(9)} ${[actor, comment].filter(Boolean).join(': ')}`);
  }
}

async function printHistory(key: string): Promise<void> {
  console.log(`\n  History of ${key}, newest first`);
  for (const { at, op, set, actor, comment } of (await api.history(key, { limit: 8 })).history) {
    const who = [actor, comment].filter(Boolean).join(': ');
    console.log(`  ${at.slice(11, 23)}  ${op.padEnd(6)} ${JSON.stringify(set ?? {})} ${who && `by ${who}`}`);
  }
}

function step(title: string): void {
  console.log(`\n${title}`);
}

function claim(what: string, holds: boolean): void {
  console.log(`  ${holds ? 'holds' : 'FAILS'}  ${what}`);
  if (!holds) process.exitCode = 1;
}
