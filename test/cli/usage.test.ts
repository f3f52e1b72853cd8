import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../cli/connect.ts';
import { lossyServer } from '../client/lossy-server.ts';
import { commandLine } from './command-line.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a mistake in the command line is one line on standard error, and exit code 2', () => {
  test.each([
    [['get', 'flights'], "argument 'key'. The key must be collection/id."],
    [['put', 'a/1', '[]'], "argument 'json'. It must be a JSON object."],
    [['put', 'a/1', '{"n":'], 'The text is not JSON.'],
    [['put', 'a/1', '{"n":9007199254740993}'], 'A number cannot be carried exactly'],
    [['put', 'a/1', '{}', '--durability', 'disk'], 'Allowed choices are cache, queue, database.'],
    [['put', 'a/1', '{}', '--if-match', 'new'], "option '--if-match <version>' argument 'new' is invalid."],
    [['patch', 'a/1'], 'patch: needs --set, --add, --max, --min or --remove'],
    [['patch', 'a/1', '--set', 'x=seven'], `'x="seven"'`],
    [['patch', 'a/1', '--set', '=1'], "option '--set <name=json>' argument '=1' is invalid. It must be NAME=VALUE."],
    [['patch', 'a/1', '--max', 'x="1"'], 'The value must be a number.'],
    [['list', 'a', '--limit', '0'], "option '--limit <n>'"],
    [['batch', '/nowhere/at/all'], '/nowhere/at/all: cannot be read: ENOENT'],
    [['batch', '/'], '/: cannot be read: EISDIR'],
    [['verify', '--keys', '/nowhere/at/all'], '/nowhere/at/all: cannot be read'],
    [['verify', 'a/1', '--collection', 'a'], 'verify: needs either keys, --keys FILE or --collection NAME'],
    [['warm'], 'warm: needs either keys, --keys FILE or --collection NAME'],
    [['stats', '--times', 'x'], "option '--times <n>'"],
    [['load', '--rate', 'x'], "option '--rate <n>' argument 'x' is invalid. It must be a number from 0.01 to 1000000."],
    [['load', '--workload', 'E'], 'Allowed choices are A, B, D, F.'],
    [['load', '--collection', 'a/b'], '--collection: must not have a slash, got "a/b"'],
    [['dead-letters', 'discard', '--all'], "required option '--actor <name>' not specified"],
    [['health', '--api', 'localhost'], '--api: must be an address such as http://localhost:3000, not "localhost"'],
    [['health', '--sign', '--api', 'https://cache.example'], '--region: is needed to sign for cache.example'],
    [['demo', '--json'], '--json: the demo prints text only'],
    [['demo', '--window', 'long'], '--window: must be a whole number from 0 to 900, not "long"'],
    [['nonsense'], "unknown command 'nonsense'"],
    [['get', 'a/1', '--nonsense'], "unknown option '--nonsense'"],
    [['get'], "missing required argument 'key'"],
  ])('%j', async (args, message) => {
    vi.stubEnv('AWS_REGION', '');
    vi.stubEnv('AWS_DEFAULT_REGION', '');
    const { code, out, err } = await commandLine(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err.match(/\n/g)).toHaveLength(1);
  });

  test('in JSON where that was asked for', async () => {
    const { code, err } = await commandLine(['get', 'flights', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(err)).toEqual({ error: { code: 'usage', message: expect.stringContaining('collection/id') } });
  });

  test('without a command it shows the help', async () => {
    expect(await commandLine([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Commands:') });
    expect(await commandLine(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Exit codes: 0 done'),
    });
  });
});

describe('an API that cannot be reached, or can do nothing now, is exit code 3', () => {
  test('where nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const args = ['stats', '--api', url, '--retries', '0'];
    expect(await commandLine(args)).toMatchObject({
      code: 3,
      out: '',
      err: expect.stringMatching(/^No answer from .*ECONNREFUSED/),
    });
    const { err } = await commandLine([...args, '--json']);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'unreachable' } });
  });

  test('where it refuses for now, after the retries that were asked for', async () => {
    const server = await lossyServer('http://127.0.0.1', { refused: 9 });
    expect(await commandLine(['stats', '--api', server.url, '--retries', '1'])).toMatchObject({ code: 3 });
    expect(server.requests).toBe(2);
    await server.close();
  });
});

describe('requests are signed', () => {
  const gateway = 'https://abc123.execute-api.eu-central-1.amazonaws.com/v1';

  async function authorizationOf(...args: string[]): Promise<string | undefined> {
    let seen: string | undefined;
    const server = createServer((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok","checks":{}}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await commandLine(['health', '--api', url, ...args])).toMatchObject({ code: 0 });
    await new Promise((resolve) => server.close(resolve));
    return seen;
  }

  test('where that is asked for, with the credentials that the AWS SDK finds', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const scope = /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/execute-api\/aws4_request/;
    expect(await authorizationOf('--sign', '--region', 'eu-west-1')).toMatch(scope);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    expect(await authorizationOf('--sign')).toMatch(scope);
    expect(await authorizationOf()).toBeUndefined();
  });

  test('and without credentials it says so', async () => {
    const sources = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];
    const containers = ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'];
    for (const name of [...sources, ...containers]) vi.stubEnv(name, undefined);
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/nowhere');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const { code, err } = await commandLine(['health', '--api', gateway]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/^--sign: no AWS credentials were found\. .+\n$/),
    });
  });

  test.each([
    [gateway, {}, 'eu-central-1'],
    [gateway, { region: 'us-east-1' }, 'us-east-1'],
    ['https://abc123-vpce-0f1.execute-api.us-west-2.amazonaws.com/v1', {}, 'us-west-2'],
    ['https://abc123.execute-api.cn-north-1.amazonaws.com.cn/v1', {}, 'cn-north-1'],
    [gateway, { sign: false }, undefined],
    ['https://execute-api.eu-central-1.amazonaws.com.example.org', {}, undefined],
    ['http://localhost:3000', {}, undefined],
  ])('%s with %j: for %s', async (api, options, region) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const sent: (string | null)[] = [];
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      sent.push(new Headers(init.headers).get('authorization'));
      return Response.json({ status: 'ok', checks: {} });
    });
    await connect({ api, ...options }, { api: 'http://unused', region: undefined }).health();
    vi.unstubAllGlobals();
    expect(sent).toEqual([region === undefined ? null : expect.stringContaining(`/${region}/execute-api/`)]);
  });
});
