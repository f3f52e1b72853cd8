/** Every problem that the API can answer, brought about: what it tells is the contract's, and nothing of how it came to be. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { problem } from '../../functions/api/answers.ts';
import { problemKinds } from '../../functions/api/problems.ts';
import { Keys } from '../../lib/cache/keys.ts';
import { FlushSwitchUnavailableError } from '../../lib/errors.ts';
import type { TestRequest } from '../functions/call-api.ts';
import { patient } from '../support/patient.ts';
import { refused } from '../support/refusals.ts';
import { type System, startSystem } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import type { SeenRequest } from '../support/watched-clients.ts';
import { connectFunctions, type Functions, type FunctionsOptions, INTERNALS } from './functions.ts';

let system: System;
let proxy: TcpProxy;
beforeAll(async () => {
  system = await startSystem({ settings: patient });
  proxy = await TcpProxy.start(system.servers.valkey.url);
});
afterAll(async () => {
  await proxy.refuse();
  await system.stop();
});
beforeEach(() => void vi.spyOn(process.stderr, 'write').mockReturnValue(true));
afterEach(() => vi.restoreAllMocks());

type Step = readonly [method: string, path: string, request?: TestRequest, remainingMs?: number];
interface Case {
  readonly on?: FunctionsOptions;
  /** What is done between the steps before and the last one. */
  readonly between?: () => Promise<unknown>;
  /** The last one is answered with the problem. */
  readonly steps: readonly Step[];
}

const ITEM = '/items/errors/a';
const put: TestRequest = { body: { value: { n: 1 } } };
const level = (durability: string) => ({ ...put, headers: { 'Write-Durability': durability } });
const failing =
  (commands: RegExp, error: () => Error) =>
  ({ command }: SeenRequest) => {
    if (commands.test(command)) throw error();
  };
/** As the SDK says it, with much that is nobody's business. */
const telling = (name: string) => () =>
  Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:443 (host.internal)'), {
    name,
    $metadata: { requestId: 'r' },
  });
const away: FunctionsOptions = { endpoints: { valkeyUrl: 'redis://127.0.0.1:1' }, settings: { valkeyTimeoutMs: 50 } };
const noQueue: FunctionsOptions = { before: failing(/Message|QueueAttributes/, telling('TimeoutError')) };
const noTable: FunctionsOptions = { before: failing(/Item|Query/, telling('TimeoutError')) };

const cases: Readonly<Record<string, Case>> = {
  'malformed-json': { steps: [['PUT', ITEM, { body: '{"value":{"a":"secret' }]] },
  'bad-path': { steps: [['GET', '/items/errors/%ff']] },
  'bad-header': { steps: [['PUT', ITEM, level('disk')]] },
  'unexpected-body': { steps: [['DELETE', ITEM, { body: {} }]] },
  'no-such-route': { steps: [['GET', '/admin']] },
  'no-such-item': { steps: [['GET', '/items/errors/none']] },
  'no-such-dead-letter': { steps: [['GET', '/dead-letters/none']] },
  'unknown-collection': { on: { settings: { closed: true } }, steps: [['GET', ITEM]] },
  'not-audited': { steps: [['GET', `${ITEM}/history`]] },
  'not-listable': { steps: [['GET', '/items/errors']] },
  'method-not-allowed': { steps: [['PATCH', '/stats']] },
  bound: { steps: [['PATCH', ITEM, { body: { add: { n: { by: -9, min: 0 } } } }]] },
  'precondition-failed': { steps: [['PUT', ITEM, { ...put, headers: { 'If-Match': '"1"' } }]] },
  'item-too-large': { steps: [['PUT', ITEM, { body: { value: { text: 'x'.repeat(400_000) } } }]] },
  'body-too-large': { steps: [['PUT', ITEM, { body: ' '.repeat(6_000_000) }]] },
  'unsupported-media-type': { steps: [['PUT', ITEM, { ...put, headers: { 'Content-Type': 'text/plain' } }]] },
  'invalid-input': { steps: [['PUT', ITEM, { body: { value: { pk: 1 } } }]] },
  'idempotency-conflict': {
    steps: [
      ['PUT', ITEM, { ...put, headers: { 'Idempotency-Key': 'once' } }],
      ['PUT', ITEM, { body: { value: {} }, headers: { 'Idempotency-Key': 'once' } }],
    ],
  },
  'item-refused': { on: { before: failing(/GetItem/, refused) }, steps: [['GET', '/items/errors/odd']] },
  'no-room': {
    on: { settings: { maxDirtyItems: 64 } },
    steps: [
      ['PUT', '/items/errors/first', put],
      // The same shard again: it has room for one.
      [
        'POST',
        '/batch',
        { body: { operations: Array.from({ length: 99 }, (_, n) => ({ op: 'put', key: `errors/${n}`, value: {} })) } },
      ],
      ['PUT', '/items/errors/another', put],
    ],
  },
  'hot-key': { on: { before: failing(/SendMessage/, telling('RequestThrottled')) }, steps: [['PUT', ITEM, put]] },
  'flush-paused': {
    on: { flushSwitch: { set: async () => true } },
    steps: [
      ['POST', '/pause'],
      ['POST', '/flush'],
    ],
  },
  'no-flush-switch': { steps: [['POST', '/resume']] },
  'flush-switch-unavailable': {
    on: {
      flushSwitch: {
        set: async () => {
          throw new FlushSwitchUnavailableError('Flushing cannot be switched now.', {
            cause: telling('TimeoutError')(),
          });
        },
      },
    },
    steps: [['POST', '/pause']],
  },
  'queue-throttled': {
    on: { before: failing(/ReceiveMessage/, telling('RequestThrottled')) },
    steps: [['GET', '/dead-letters']],
  },
  'queue-unavailable': { on: noQueue, steps: [['GET', '/dead-letters']] },
  'level-not-met': { on: noQueue, steps: [['PUT', ITEM, put]] },
  'cache-unavailable': { on: away, steps: [['GET', `${ITEM}/consistency`]] },
  'cache-outcome-unknown': {
    on: {
      get endpoints() {
        return { valkeyUrl: proxy.url };
      },
      settings: { valkeyTimeoutMs: 1000 },
    },
    between: async () => proxy.swallow(),
    steps: [
      ['GET', '/health'],
      ['GET', '/stats'],
    ],
  },
  'entry-format': {
    between: () => system.redis.hset(new Keys(system.config.shards).of('errors/foreign').entry, 'format', 99),
    steps: [
      ['PUT', '/items/errors/foreign', put],
      ['GET', '/items/errors/foreign'],
    ],
  },
  'store-unavailable': { on: noTable, steps: [['GET', '/items/errors/unread']] },
  'out-of-time': {
    on: {
      before: ({ command }) => command === 'GetItemCommand' && new Promise((resolve) => setTimeout(resolve, 2000)),
    },
    steps: [['GET', '/items/errors/slow', {}, 600]],
  },
  internal: {
    between: () => system.redis.set(new Keys(system.config.shards).of('errors/damaged').entry, 'no hash'),
    steps: [
      ['GET', '/health'],
      ['GET', '/items/errors/damaged'],
    ],
  },
};

test('every problem that the API knows is brought about here', () => {
  expect(Object.keys(cases).toSorted()).toEqual(Object.keys(problemKinds).toSorted());
});

async function run({ steps, between }: Case, { send }: Functions): Promise<{ status: number; text: string }> {
  for (const step of steps.slice(0, -1)) await send(...step);
  await between?.();
  return send(...steps.at(-1)!);
}

test.each(Object.entries(cases))('%s tells what the contract says, and nothing of the inside', async (code, each) => {
  const functions = await connectFunctions(system, each.on);
  const { status, text } = await run(each, functions);
  const answer = JSON.parse(text);
  expect(problem.parse(answer)).toMatchObject({ type: `urn:write-behind:problem:${code}`, status });
  expect(status).toBe(problemKinds[code]?.status);
  expect(text).not.toMatch(INTERNALS);
  expect(text).not.toMatch(/secret|10\.1\.2\.3/);
  expect(text.length).toBeLessThan(2000);
});
