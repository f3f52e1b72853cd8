import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsole } from '../../console/console.ts';
import { startHttpServer } from '../../local/http-server.ts';
import type { HttpServer } from '../../local/loopback-server.ts';
import { ask, FOREIGN } from './ask.ts';

let server: HttpServer;
const samples = { now: 1, everyMs: 2000, samples: [], stats: null, health: null };
const asked: number[] = [];

beforeAll(async () => {
  const read = (after = 0) => {
    asked.push(after);
    return samples;
  };
  server = await startHttpServer({
    handler: async () => ({ statusCode: 200, body: 'the API' }),
    before: createConsole({ read }),
  });
});
afterAll(() => server.close());

describe('the console over HTTP', () => {
  test.each([
    ['/console', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/console/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/console/page.js', 'text/javascript; charset=utf-8', 'DynamoDB'],
    ['/console/page.css', 'text/css; charset=utf-8', 'light-dark'],
    ['/console/icon.svg', 'image/svg+xml', '<svg'],
  ])('%s is there, and may do nothing but what the page needs', async (path, type, part) => {
    const { status, headers, body } = await ask(server.url + path);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type });
    expect(body).toContain(part);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|https?:/);
  });

  test('the page has nothing inline and names no other host', async () => {
    const { body } = await ask(`${server.url}/console`);
    expect(body).not.toMatch(/<script(?![^>]*src=)|<style|style=|\son\w+=|https?:/);
  });

  test('samples are answered as JSON, from a moment on', async () => {
    const { headers, body } = await ask(`${server.url}/console/samples?after=17`);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual(samples);
    await ask(`${server.url}/console/samples?after=nonsense`);
    expect(asked).toEqual([17, 0]);
  });

  test('everything else is for the API', async () => {
    expect((await ask(`${server.url}/consoles`)).body).toBe('the API');
    expect((await ask(`${server.url}/items/console/1`)).body).toBe('the API');
  });

  test('an unknown path is 404, a method that writes is 405', async () => {
    expect((await ask(`${server.url}/console/tsconfig.json`)).status).toBe(404);
    const { status, headers } = await ask(`${server.url}/console`, {}, { method: 'POST' });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  test.each(FOREIGN)('a request %s is refused', async (_, headers) => {
    expect((await ask(`${server.url}/console`, headers)).status).toBe(403);
    expect((await ask(`${server.url}/console/samples`, headers)).status).toBe(403);
  });

  test.each([
    [{ host: 'localhost:3000', 'sec-fetch-site': 'none' }],
    [{ host: '127.0.0.1:8080', 'sec-fetch-site': 'same-origin' }],
    [{ host: '[::1]:3000', origin: 'http://[::1]:3000', 'sec-fetch-site': 'same-origin' }],
  ])('a request of its own page is answered: %j', async (headers) => {
    expect((await ask(`${server.url}/console/samples`, headers)).status).toBe(200);
  });
});
