import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { iamToken } from '../../lib/cache/iam-token.ts';
import { closeClients, connected, createClients } from '../../lib/clients.ts';
import { defineConfig } from '../../lib/config.ts';
import { type EmbeddedServer, freePort } from '../../local/embedded/server-process.ts';
import { startValkey } from '../../local/embedded/valkey.ts';
import { realValkey } from '../support/system.ts';

const missing = (() => {
  if (realValkey.missing) return 'no real server on the PATH';
  // A server that was built without TLS does not know the option; one with TLS misses its certificate.
  const { stdout } = spawnSync(realValkey.program, ['--port', '0', '--tls-port', '1'], { encoding: 'utf8' });
  if (stdout?.includes('Bad directive')) return 'the server was built without TLS';
  return spawnSync('openssl', ['version']).error ? 'no openssl on the PATH' : undefined;
})();

const region = 'eu-central-1';
const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: 'session' };
const now = Date.parse('2026-05-01T10:00:00Z');

describe.skipIf(missing !== undefined)(`a server with TLS${missing ? ` (${missing})` : ''}`, () => {
  const trusted = getCACertificates('default');
  let directory: string;
  let server: EmbeddedServer;
  let admin: Redis;
  let port: number;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'valkey-tls-'));
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=valkey', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
    ]);
    port = await freePort();
    server = await startValkey({
      server: realValkey.program,
      args: [
        ...['--tls-port', String(port), '--tls-auth-clients', 'no'],
        ...['--tls-key-file', key, '--tls-cert-file', certificate, '--tls-ca-cert-file', certificate],
      ],
    });
    admin = new Redis(server.url);
    setDefaultCACertificates([...trusted, await readFile(certificate, 'utf8')]);
    vi.useFakeTimers({ toFake: ['Date'], now });
  });
  afterAll(async () => {
    vi.useRealTimers();
    setDefaultCACertificates(trusted);
    admin?.disconnect();
    await server?.stop();
    await rm(directory, { recursive: true });
  });

  test('takes the token that the configured region and credentials sign', async () => {
    const token = iamToken(
      { cacheName: 'flights', user: 'functions', serverless: false },
      { region, credentials },
      now,
    );
    await admin.acl('SETUSER', 'functions', 'on', `>${token}`, '~*', '+@all');
    const endpoints = {
      valkeyUrl: `rediss://functions@127.0.0.1:${port}?iam=flights`,
      queueUrl: 'http://127.0.0.1',
      deadLetterQueueUrl: 'http://127.0.0.1',
      tableName: 'unknown',
      region,
      credentials,
    };
    const clients = createClients(defineConfig({}, endpoints));
    try {
      await connected(clients.valkey, 5000);
      expect(await clients.valkey.acl('WHOAMI')).toBe('functions');
    } finally {
      closeClients(clients);
    }
  });
});
