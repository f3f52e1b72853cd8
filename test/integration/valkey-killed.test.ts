/** Valkey dies with dirty items and comes back empty: what was acknowledged at queue level is not lost. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import type { EmbeddedServer } from '../../local/embedded/server-process.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { patient } from '../support/patient.ts';
import { until } from '../support/system.ts';
import { scanTable, untilDrained } from './drained.ts';

const KEYS = 400;
const WRITERS = 8;

let stack: LocalStack;
let restarted: EmbeddedServer | undefined;
beforeAll(async () => {
  stack = await startStack({
    logLevel: 'SILENT',
    environment: localEnvironment(),
    settings: { ...patient, windowSeconds: 1, defaultDurability: 'queue' },
  });
});
afterAll(async () => {
  await stack.stop();
  await restarted?.stop();
});

/** The writes of one key, numbered by their comments; every fifth is a delete. */
interface Track {
  readonly key: string;
  attempted: number;
  acknowledged: number;
}

const isDelete = (sequence: number) => sequence % 5 === 4;

async function writeOnce(track: Track): Promise<boolean> {
  track.attempted += 1;
  const sequence = track.attempted;
  const common = { key: track.key, comment: String(sequence) };
  try {
    await stack.cache.execute(
      isDelete(sequence) ? { op: 'delete', ...common } : { op: 'put', ...common, value: { n: sequence } },
    );
  } catch (error) {
    // Refused, with a promise of nothing: it may have taken effect all the same.
    expect(error).toMatchObject({ code: 'level-not-met' });
    return false;
  }
  track.acknowledged = sequence;
  return true;
}

test('SIGKILL of Valkey with at least 100 dirty items loses no put and no delete acknowledged at queue level', async () => {
  if (!('kill' in stack.valkey)) throw new Error('needs a Valkey of its own');
  const tracks = Array.from({ length: KEYS }, (_, i): Track => ({ key: `killed/${i}`, attempted: 0, acknowledged: 0 }));
  let phase: 'before' | 'away' | 'back' | 'over' = 'before';
  const acknowledged = { before: 0, away: 0, back: 0, over: 0 };
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let i = writer; phase !== 'over'; i += WRITERS) {
      const began = phase;
      // A write that spans two phases tells nothing about either.
      if ((await writeOnce(tracks[i % KEYS]!)) && began === phase) acknowledged[phase] += 1;
    }
  });

  await until('every key was written', () => acknowledged.before >= 2 * KEYS);
  await until('100 items are dirty', async () => (await stack.cache.stats()).dirtyItems >= 100);
  await stack.valkey.kill();
  phase = 'away';
  await until('writes go past the cache', () => acknowledged.away >= KEYS / 4);

  const { valkeyServer, searchPath } = localEnvironment();
  restarted = await startValkey({ server: valkeyServer, searchPath, port: stack.valkey.port });
  await until('the instance is back', async () => (await stack.cache.health()).checks.valkey.status === 'ok');
  phase = 'back';
  await until('writes go to the cache again', () => acknowledged.back >= KEYS / 2);
  phase = 'over';
  await Promise.all(writers);

  await untilDrained(stack.cache, 120_000);
  const stored = await scanTable(stack.dynamodb.url, stack.endpoints.tableName);
  const wrong = tracks.filter(({ key, attempted, acknowledged: owed }) => {
    const item = stored.get(key);
    const sequence = Number(item?._comment);
    const right = isDelete(sequence) ? item?._deleted === true : item?.n === sequence;
    return !(right && sequence >= owed && sequence <= attempted);
  });
  expect(wrong.map((track) => [track, stored.get(track.key)])).toEqual([]);
  expect((await stack.cache.stats()).deadLetters).toBe(0);
}, 180_000);
