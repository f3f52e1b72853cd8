import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WriteBehindClient } from '../../client/index.ts';
import { type Line, Log } from '../../examples/log-service/log.ts';
import type { LocalStack } from '../../local/stack.ts';
import { lossyServer } from '../client/lossy-server.ts';
import { programOf, run, stackFor } from './run.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await stackFor('log-service');
});
afterAll(() => stack.stop());

const linesOf = (length: number) => Array.from({ length }, (_, n): Line => ({ level: 'warn', text: `line ${n}` }));

describe('the log', () => {
  test('has every line once, singly or in batches, and counts those in batches', async () => {
    const { code, output } = await run('log-service/measure.ts', stack.url, '400');
    expect(output).not.toContain('FAILS');
    expect(code).toBe(0);
    expect(output).toMatch(/appends in batches +400 in /);
  }, 90_000);

  test('has it once, and counts it once, where answers are lost', async () => {
    const server = await lossyServer(stack.url, { lost: 3 });
    const log = new Log(new WriteBehindClient({ url: server.url }));
    const before = await new Log(new WriteBehindClient({ url: stack.url })).statistics();
    const ids = await log.append(linesOf(100));
    expect((await log.page(100, undefined)).lines.map(({ id }) => id).sort()).toEqual(ids);
    expect((await log.statistics()).warn! - before.warn!).toBe(100);
    expect(server.requests).toBeGreaterThan(3);
    await server.close();
  });

  test('waits where the cache has no room for all of a request, and loses nothing', async () => {
    const small = await stackFor('log-service', { maxDirtyItems: 128, windowSeconds: 1 });
    const log = new Log(new WriteBehindClient({ url: small.url }));
    const ids = await log.append(linesOf(300));
    expect(new Set(ids).size).toBe(300);
    expect((await log.statistics()).warn).toBe(300);
    await small.stop();
  }, 90_000);
});

describe('the service', () => {
  let service: ChildProcess;
  let url: string;
  beforeAll(async () => {
    service = spawn(process.execPath, [programOf('log-service/service.ts'), stack.url, '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [ready] = await once(service.stdout!, 'data');
    url = /http:\S+/.exec(String(ready))![0];
  });
  afterAll(async () => {
    service.kill('SIGTERM');
    await once(service, 'close');
  });

  type Page = { lines: { level: string; text: string }[]; cursor: string };
  const page = async (query: string) => (await (await fetch(`${url}/logs?${query}`)).json()) as Page;
  const post = (body: string, type = 'application/json') =>
    fetch(`${url}/logs`, { method: 'POST', headers: { 'content-type': type }, body });
  const statistics = async () => (await (await fetch(`${url}/statistics`)).json()) as Record<string, number>;

  test('takes one line or many, lists them newest first in pages, and counts them by level', async () => {
    const before = await statistics();
    const first = await post('{"level":"warn","text":"<b>disk</b> full"}');
    expect(first.status).toBe(201);
    const { ids } = (await (await post('[{"text":"one"},{"level":"error","text":"two"}]')).json()) as { ids: string[] };
    expect(ids).toHaveLength(2);

    const { lines, cursor } = await page('limit=2');
    expect(lines.map(({ text }) => text).sort()).toEqual(['one', 'two']);
    const rest = await page(`limit=1&cursor=${encodeURIComponent(cursor)}`);
    expect(rest.lines).toMatchObject([{ level: 'warn', text: '<b>disk</b> full', stored: false }]);
    const { info, warn, error } = await statistics();
    expect({ info, warn, error }).toEqual({ info: before.info! + 1, warn: before.warn! + 1, error: before.error! + 1 });
  });

  test('takes thousands of lines from many callers at once', async () => {
    const before = await statistics();
    const body = JSON.stringify(Array.from({ length: 20 }, (_, n) => ({ level: 'debug', text: `line ${n}` })));
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(body)));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect((await statistics()).debug! - before.debug!).toBe(2000);
  });

  test.each([
    ['no JSON', '{', 422],
    ['an unknown level', '{"level":"loud","text":"x"}', 422],
    ['no text', '{"text":""}', 422],
    ['no line at all', '[]', 422],
    ['too many lines', JSON.stringify(Array.from({ length: 1001 }, () => ({ text: 'x' }))), 422],
    ['too long a body', JSON.stringify({ text: 'x'.repeat(1024 * 1024) }), 413],
  ])('refuses %s', async (_, body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty('error');
  });

  test('refuses what a form of another site can send, and pages that there are none of', async () => {
    expect((await post('{"text":"x"}', 'text/plain')).status).toBe(415);
    expect((await fetch(`${url}/../settings.json`)).status).toBe(404);
    expect((await fetch(`${url}/logs?limit=0`)).status).toBe(400);
    expect((await fetch(`${url}/logs?cursor=x`)).status).toBe(422);
  });

  test('has a page that runs its own script only and shows lines as text', async () => {
    const answer = await fetch(url);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
    const html = await answer.text();
    expect(html).not.toMatch(/https?:|<script>|style=|\son\w+=/);
    const script = await fetch(`${url}/page.js`);
    expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(await script.text()).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write|https?:/);
  });
});
