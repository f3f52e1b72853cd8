import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { defineConfig } from '../lib/config.ts';
import { commandEnvironment, configFromFile } from '../lib/environment.ts';
import { ConfigurationError } from '../lib/errors.ts';
import { policyOf } from '../lib/settings.ts';

const endpoints = {
  valkeyUrl: 'redis://127.0.0.1',
  queueUrl: 'http://127.0.0.1',
  deadLetterQueueUrl: 'http://127.0.0.1',
  tableName: 'table',
};

function refusal(settings: Parameters<typeof defineConfig>[0], valkeyUrl = endpoints.valkeyUrl): ConfigurationError {
  try {
    defineConfig(settings, { ...endpoints, valkeyUrl });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('it was taken');
}

describe('a URL that asks for IAM authentication', () => {
  const faults = [
    ['without TLS', 'redis://functions@host:6379?iam=flights', /TLS: rediss:/],
    ['without the name of the user', 'rediss://host:6379?cluster=true&iam=flights', /name of the user: rediss:/],
    ['without the name of the cache', 'rediss://functions@host:6379?iam=', /name of the cache: rediss:/],
    ['with a password', 'rediss://functions:secret@host:6379?iam=flights', /password itself, leave it out/],
  ] as const;
  test.for(faults)('is refused %s', ([, url, message]) => {
    const error = refusal({}, url);
    expect(error.facts).toMatchObject({ setting: 'endpoints.valkeyUrl' });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('secret');
  });

  test.for([
    'rediss://functions@host:6379?iam=flights',
    'rediss://functions@host:6379?cluster=true&iam=flights&serverless=true',
  ])('is taken: %s', (valkeyUrl) => {
    expect(defineConfig({}, { ...endpoints, valkeyUrl }).endpoints.valkeyUrl).toBe(valkeyUrl);
  });
});

test('text that is no URL is refused', () => {
  expect(refusal({}, 'iam').facts).toMatchObject({ setting: 'endpoints.valkeyUrl' });
});

describe('refresh-ahead', () => {
  test('is off unless given, and is a matter of each collection', () => {
    const config = defineConfig({ collections: { fresh: { refreshAheadSeconds: 60 }, plain: {} } }, endpoints);
    expect(policyOf(config, 'fresh').refreshAheadSeconds).toBe(60);
    expect(policyOf(config, 'plain').refreshAheadSeconds).toBe(0);
  });

  test.for([
    ['settings.refreshAheadSeconds', { ttlSeconds: 60, refreshAheadSeconds: 60 }],
    ['settings.collections.a.refreshAheadSeconds', { collections: { a: { ttlSeconds: 5, refreshAheadSeconds: 6 } } }],
    ['settings.collections.a.refreshAheadSeconds', { refreshAheadSeconds: 60, collections: { a: { ttlSeconds: 60 } } }],
  ] as const)('is refused where it is not less than the time to live: %s', ([setting, settings]) => {
    const error = refusal(settings);
    expect(error.facts).toMatchObject({ setting });
    expect(error.message).toContain('less than ttlSeconds');
  });
});

describe('the name of the cache', () => {
  test('is write-behind unless given', () => {
    expect(defineConfig({}, endpoints).name).toBe('write-behind');
    expect(defineConfig({ name: 'flights_2.eu-1' }, endpoints).name).toBe('flights_2.eu-1');
  });

  test.for(['', 'a b', 'ä', 'a/b', 'x'.repeat(101)])('is refused: %j', (name) => {
    const error = refusal({ name });
    expect(error.facts).toMatchObject({ setting: 'settings.name' });
    expect(error.message).toContain('1 to 100 characters');
  });
});

describe('a file of variables', () => {
  const folder = mkdtempSync(join(tmpdir(), 'write-behind-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const fileOf = (...lines: string[]) => {
    const file = join(folder, 'variables.env');
    writeFileSync(file, lines.join('\n'));
    return file;
  };
  const env = {
    VALKEY_URL: 'redis://127.0.0.1',
    QUEUE_URL: 'http://127.0.0.1/queue',
    DEAD_LETTER_QUEUE_URL: 'http://127.0.0.1/dead',
    TABLE_NAME: 'of-the-environment',
    AWS_SESSION_TOKEN: 'of the environment',
  };

  test('goes before the environment, and what it lacks is taken from there', () => {
    const file = fileOf('TABLE_NAME=of-the-file', `WRITE_BEHIND_SETTINGS='{"windowSeconds": 2}'`);
    const { endpoints, windowSeconds } = configFromFile(file, env);
    expect(windowSeconds).toBe(2);
    expect(endpoints).toMatchObject({ tableName: 'of-the-file', valkeyUrl: 'redis://127.0.0.1' });
    expect(endpoints).not.toHaveProperty('credentials');
  });

  test('gives whole credentials or none: a token of somebody else would not fit', () => {
    const file = fileOf('AWS_ACCESS_KEY_ID=local', 'AWS_SECRET_ACCESS_KEY=secret', 'AWS_REGION=eu-west-1');
    const { credentials, region } = configFromFile(file, env).endpoints;
    expect({ credentials, region }).toEqual({
      credentials: { accessKeyId: 'local', secretAccessKey: 'secret' },
      region: 'eu-west-1',
    });
  });

  test('that cannot be read is named', () => {
    expect(() => configFromFile('/nowhere/at/all', env)).toThrow('/nowhere/at/all: cannot be read');
  });
});

test('the command line calls the API of npm start unless it is told another one', () => {
  expect(commandEnvironment({})).toEqual({ api: 'http://localhost:3000', region: undefined });
  const given = { WRITE_BEHIND_API: 'https://cache.example', AWS_DEFAULT_REGION: 'us-east-1', AWS_REGION: 'eu-west-1' };
  expect(commandEnvironment(given)).toEqual({ api: 'https://cache.example', region: 'eu-west-1' });
});

test.each(['table', 'otherWriters'] as const)(
  'a collection with %s is refused where items are stored in PostgreSQL',
  (name) => {
    const table = {
      name: 'own',
      partitionKey: { name: 'id' },
      attributes: 'own',
      versionAttribute: 'v',
      unversioned: 'cacheWins',
    } as const;
    const stock = name === 'table' ? { table } : { otherWriters: 'merge' as const };
    const postgres = { ...endpoints, postgresUrl: 'postgres://user@127.0.0.1/shop' };
    expect(() => defineConfig({ collections: { stock } }, postgres)).toThrow(
      `settings.collections.stock.${name}: needs DynamoDB, and items are stored in PostgreSQL`,
    );
    expect(() => defineConfig({ collections: { stock } }, endpoints)).not.toThrow();
  },
);
