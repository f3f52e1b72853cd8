import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type IamLogin, type IamSigner, iamToken } from '../../lib/cache/iam-token.ts';
import { connected, createValkey } from '../../lib/clients.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey, until } from '../support/system.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { ownEverySlot, startClusterNode } from '../support/valkey-cluster.ts';

const LOGIN: IamLogin = { cacheName: 'flights', user: 'functions', serverless: false };
const TIMEOUT_MS = 5000;
const start = Date.parse('2026-05-01T10:00:00Z');
const anHourLater = start + 3_600_000;

/** A role's credentials, in a new edition each time they are rotated. */
const edition = (number: number): IamSigner => ({
  region: 'eu-central-1',
  credentials: { accessKeyId: `AKIA${number}`, secretAccessKey: 'secret', sessionToken: 'session' },
});

interface Subject {
  readonly admin: Redis;
  readonly url: string;
  stop(): Promise<void>;
}

async function standalone(): Promise<Subject> {
  const server = await startValkey({ server: realValkey.program });
  return { admin: new Redis(server.url), url: server.url, stop: () => server.stop() };
}

async function oneNodeCluster(): Promise<Subject> {
  const node = await startClusterNode();
  await ownEverySlot(node);
  return node;
}

const subjects = [
  { kind: 'a standalone server', started: standalone, query: '' },
  { kind: 'a cluster', started: oneNodeCluster, query: '&cluster=true' },
];

describe.skipIf(realValkey.missing).each(subjects)('logging in to $kind with IAM', ({ started, query }) => {
  let subject: Subject;
  let proxy: TcpProxy;
  let url: string;
  let passwords: string[];
  const clients: ReturnType<typeof createValkey>[] = [];

  beforeAll(async () => {
    subject = await started();
    proxy = await TcpProxy.start(subject.url);
    const { host, port } = new URL(proxy.url);
    url = `redis://${LOGIN.user}@${host}?iam=${LOGIN.cacheName}${query}`;
    // A cluster tells its clients where to go.
    if (query) await subject.admin.config('SET', 'cluster-announce-port', port);
    proxy.cutReply((request) => {
      for (const [, password] of request.matchAll(/auth\r\n\$\d+\r\nfunctions\r\n\$\d+\r\n(.*)\r\n/g)) {
        passwords.push(password!);
      }
      // Nothing is cut: this only listens.
      return false;
    });
  });
  afterAll(async () => {
    await proxy?.close();
    subject?.admin.disconnect();
    await subject?.stop();
  });
  beforeEach(async () => {
    // Tokens differ by the second; nothing else of time is a fake.
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    await setUser('nopass');
    passwords = [];
    proxy.connections = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    for (const client of clients.splice(0)) client.disconnect();
  });

  const setUser = (...rules: string[]) => subject.admin.acl('SETUSER', LOGIN.user, 'on', '~*', '+@all', ...rules);
  const logIn = (signer: () => Promise<IamSigner>, parameters = '') => {
    const client = createValkey(url + parameters, TIMEOUT_MS, signer);
    clients.push(client);
    return client;
  };
  const answers = (client: ReturnType<typeof createValkey>) =>
    client.get('key').then(
      () => true,
      () => false,
    );

  test('the server takes the token for a password', async () => {
    await setUser('resetpass', `>${iamToken(LOGIN, edition(1), start)}`);
    const client = logIn(async () => edition(1));
    await connected(client, TIMEOUT_MS);
    expect(await client.set('key', 'value')).toBe('OK');
  });

  test('a serverless cache is named as one in the token', async () => {
    await setUser('resetpass', `>${iamToken({ ...LOGIN, serverless: true }, edition(1), start)}`);
    const client = logIn(async () => edition(1), '&serverless=true');
    await connected(client, TIMEOUT_MS);
    expect(await client.set('key', 'value')).toBe('OK');
  });

  test('every reconnect gets a token that is signed then', async () => {
    const client = logIn(async () => edition(1));
    await connected(client, TIMEOUT_MS);
    expect(new Set(passwords)).toEqual(new Set([iamToken(LOGIN, edition(1), start)]));
    vi.setSystemTime(anHourLater);
    passwords.length = 0;
    await subject.admin.client('KILL', 'USER', LOGIN.user);
    await until('the client is back', () => answers(client));
    expect(new Set(passwords)).toEqual(new Set([iamToken(LOGIN, edition(1), anHourLater)]));
  });

  test('rotated credentials are followed', async () => {
    let current = 1;
    const client = logIn(async () => edition(current));
    await connected(client, TIMEOUT_MS);
    current = 2;
    // The login that finds out is still signed with the old ones.
    for (const _time of ['first', 'second']) {
      passwords.length = 0;
      await subject.admin.client('KILL', 'USER', LOGIN.user);
      await until('the client is back', () => answers(client));
    }
    expect(new Set(passwords)).toEqual(new Set([iamToken(LOGIN, edition(2), start)]));
  });

  test('nothing is sent before it is known who signs', async () => {
    const { promise, resolve } = Promise.withResolvers<IamSigner>();
    const client = logIn(() => promise);
    const ready = connected(client, TIMEOUT_MS);
    await subject.admin.ping();
    expect(proxy.connections).toBe(0);
    resolve(edition(1));
    await ready;
    expect(new Set(passwords)).toEqual(new Set([iamToken(LOGIN, edition(1), start)]));
  });

  test('credentials that cannot be had at first are asked for again', async () => {
    await setUser('resetpass', `>${iamToken(LOGIN, edition(1), start)}`);
    let asked = 0;
    const client = logIn(async () => {
      asked += 1;
      if (asked < 3) throw new Error('no credentials');
      return edition(1);
    });
    await connected(client, TIMEOUT_MS);
    expect(await client.set('key', 'value')).toBe('OK');
  });

  test('a client that is closed before it is known who signs never connects', async () => {
    const { promise, resolve } = Promise.withResolvers<IamSigner>();
    const client = logIn(() => promise);
    client.disconnect();
    resolve(edition(1));
    await promise;
    await subject.admin.ping();
    expect(client.status).toBe('end');
    expect(proxy.connections).toBe(0);
  });
});
