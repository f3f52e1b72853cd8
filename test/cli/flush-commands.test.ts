import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localEnvironment } from '../../lib/environment.ts';
import { type LocalStack, startStack } from '../../local/stack.ts';
import { commandLine, type Given } from './command-line.ts';

let stack: LocalStack;
beforeAll(async () => {
  // So long a window that nothing is stored unless somebody asks for it.
  stack = await startStack({ environment: localEnvironment(), logLevel: 'SILENT', settings: { windowSeconds: 900 } });
});
afterAll(() => stack?.stop());

const wb = (...args: string[]) => commandLine([...args, '--api', stack.url]);
const wbWith = (given: Given, ...args: string[]) => commandLine([...args, '--api', stack.url], given);

/** Writes so many items of a collection at `cache` level. */
async function write(collection: string, count: number): Promise<void> {
  const puts = Array.from({ length: count }, (_, n) => ({ op: 'put', key: `${collection}/${n}`, value: { n } }));
  await wbWith({ input: puts.map((put) => JSON.stringify(put)).join('\n') }, 'batch', '-', '--durability', 'cache');
}

describe('flush', () => {
  test('stores what is named, or is of a collection, and leaves the rest', async () => {
    await write('some', 3);
    await write('others', 2);
    const named = await wb('flush', 'some/0', 'some/2', '--json');
    expect(named).toMatchObject({ code: 0 });
    expect(named.json()).toMatchObject([{ flushed: 2, remaining: 0 }]);
    expect((await wb('flush', '--collection', 'some')).out).toBe(
      '1 items stored with 1 database calls, 0 failures, 0 items remain\n',
    );
    expect((await wb('stats', '--json')).json()).toMatchObject([{ dirtyItems: 2 }]);
  });

  test('goes on until nothing remains', async () => {
    await write('flush', 30);
    const { code, json } = await wb('flush', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject([{ failed: 0, failures: [], remaining: 0 }]);
    expect((await wb('flush')).out).toBe('0 items stored with 0 database calls, 0 failures, 0 items remain\n');
  });

  test('takes keys or a collection, not both', async () => {
    expect(await wb('flush', 'some/0', '--collection', 'some')).toMatchObject({ code: 2 });
  });
});

describe('wait', () => {
  test('ends when the database has what was cached, or the version that is asked for', async () => {
    await write('waited', 1);
    const waiting = wb('wait', 'waited/0', '--json');
    await wb('flush', 'waited/0');
    const { code, json } = await waiting;
    const [stored] = json() as { version: number }[];
    expect({ code, stored }).toEqual({
      code: 0,
      stored: { key: 'waited/0', stored: true, version: expect.any(Number) },
    });
    expect((await wb('wait', 'waited/0', '--version', String(stored!.version))).code).toBe(0);
    expect(await wb('wait', 'nowhere/0')).toMatchObject({
      code: 1,
      out: '',
      err: 'There is no item "nowhere/0", and none waits to be stored.\n',
    });
  });

  test('ends with exit code 1 when the time is over', async () => {
    await write('late', 1);
    const { code, out } = await wb('wait', 'late/0', '--timeout', '0');
    expect(code).toBe(1);
    expect(out).toMatch(/^The database has version 0 of late\/0, not \d+: 0 s are over\.\n$/);
  });
});

describe('pause and resume', () => {
  test('say since when, by whom and why, and how fast it goes on; flush and health say so meanwhile', async () => {
    await write('paused', 2);
    const paused = await wb('pause', '--reason', 'index rebuild', '--actor', 'ann');
    expect(paused).toMatchObject({ code: 0 });
    expect(paused.out).toMatch(/^paused since \d{4}-\d\d-\d\dT[\d:.]+Z by ann: index rebuild\n$/);
    expect((await wb('pause', '--json')).json()).toMatchObject([{ paused: { actor: 'ann' }, held: true }]);
    expect(await wb('flush')).toMatchObject({ code: 1, err: expect.stringMatching(/^Flushing is paused since/) });
    expect(await wb('health')).toMatchObject({ code: 1, out: expect.stringContaining('by ann: index rebuild') });
    expect((await wb('stats')).out).toMatch(/flushing +paused since .* by ann: index rebuild/);
    expect((await wb('resume', '--rate', '500')).out).toMatch(
      /^flushing what waits since before .* at 500 items\/s\n$/,
    );
    expect(await wb('flush')).toMatchObject({ code: 0 });
    expect((await wb('resume')).out).toBe('flushing goes on\n');
    expect(await wb('resume', '--rate', '0')).toMatchObject({ code: 2 });
  });
});
