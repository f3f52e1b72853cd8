/** Logs lines one by one and in batches, and checks both. Arguments: URL of the API, lines of each kind. Exit code 0 only if all claims hold. */
import { WriteBehindClient } from 'write-behind/client';
import { LEVELS, type Line, Log } from './log.ts';

const [url = 'http://127.0.0.1:3000', count = '3000'] = process.argv.slice(2);
const CALLERS = 32;

const api = new WriteBehindClient({ url });
const log = new Log(api);
const lines = Array.from({ length: Number(count) }, (_, index): Line => {
  const level = LEVELS[index % LEVELS.length]!;
  return { level, text: `line ${index} of a measurement, about as long as lines of logs often are` };
});
const before = await log.statistics();

const one = await timed('appends one by one', async () => {
  const waiting = [...lines];
  const ids: string[] = [];
  const caller = async () => {
    for (let line = waiting.pop(); line; line = waiting.pop()) {
      const { key } = await api.append('logs', { ...line, at: new Date().toISOString() });
      ids.push(key.slice('logs/'.length));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return ids;
});
const batched = await timed('appends in batches', () => log.append(lines));
console.log(`ratio               ${(batched.perSecond / one.perSecond).toFixed(1)}`);

const flush = { flushed: 0, databaseCalls: 0, remaining: 1 };
await timed('flushed', async () => {
  while (flush.remaining > 0) {
    const { flushed, databaseCalls, remaining } = await api.flush();
    flush.flushed += flushed;
    flush.databaseCalls += databaseCalls;
    flush.remaining = remaining;
  }
  return { length: flush.flushed };
});
console.log(
  `requests to DynamoDB ${flush.databaseCalls}, ${(flush.flushed / flush.databaseCalls).toFixed(1)} items each`,
);

const acknowledged = new Set([...one.result, ...batched.result]);
const listed: string[] = [];
let cursor: string | undefined;
const missing = new Set(acknowledged);
do {
  const page = await log.page(100, cursor);
  for (const { id } of page.lines) {
    missing.delete(id);
    listed.push(id);
  }
  cursor = page.cursor;
} while (cursor !== undefined && missing.size > 0);
claim('every acknowledged line is listed', missing.size === 0 && acknowledged.size === 2 * lines.length);
claim('none is listed twice', new Set(listed).size === listed.length);
const after = await log.statistics();
for (const level of LEVELS) {
  const logged = lines.filter((line) => line.level === level).length;
  claim(`${level}: ${logged} more than before`, after[level]! - before[level]! === logged);
}

async function timed<R extends { length: number }>(what: string, work: () => Promise<R>) {
  const startedAt = performance.now();
  const result = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const perSecond = result.length / seconds;
  console.log(`${what.padEnd(19)} ${result.length} in ${seconds.toFixed(1)} s, ${Math.round(perSecond)} a second`);
  return { result, perSecond };
}

function claim(what: string, holds: boolean): void {
  console.log(`${holds ? 'holds' : 'FAILS'}  ${what}`);
  if (!holds) process.exitCode = 1;
}
