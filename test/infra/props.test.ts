import { Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { expect, test } from 'vitest';
import { DurableValkey } from '../../infra/constructs/valkey/durable-valkey.ts';
import { ServerlessValkey } from '../../infra/constructs/valkey/serverless-valkey.ts';
import { ValkeyEndpoint } from '../../infra/constructs/valkey/valkey-endpoint.ts';
import type { WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache.ts';
import { checkProps } from '../../infra/constructs/write-behind-cache-props.ts';
import { stageOf } from '../../infra/stages.ts';
import { ConfigurationError } from '../../lib/errors.ts';
import { cacheWith } from './synthesized.ts';

const table = {
  partitionKey: { name: 'sku' },
  attributes: 'own',
  versionAttribute: 'version',
  unversioned: 'refused',
} as const;
const inventory = (key: string) =>
  new Table(new Stack(), 'Inventory', { partitionKey: { name: key, type: AttributeType.STRING } });
const shared = inventory('sku');

const refused: [WriteBehindCacheProps, RegExp][] = [
  [{ flushBatchSize: 11 }, /^flushBatchSize: got 11, allowed is a whole number from 1 to 10$/],
  [{ flushBatchSize: 0 }, /^flushBatchSize: got 0/],
  [{ windowSeconds: 901 }, /^settings\.windowSeconds: .*<=900, got 901$/],
  [{ windowSeconds: 1.5 }, /^settings\.windowSeconds: .*got 1\.5$/],
  [{ flushTimeoutSeconds: 20, visibilityTimeoutSeconds: 119 }, /^visibilityTimeoutSeconds: got 119, allowed is 120 /],
  [{ flushTimeoutSeconds: 901 }, /^flushTimeoutSeconds: got 901, allowed is a whole number from 10 to 900$/],
  [{ ttlSeconds: 300 }, /^ttlSeconds: got 300, allowed is lagAlarmSeconds \(305\) or more$/],
  [
    { collections: { stock: { ttlSeconds: 60 } } },
    /^collections\.stock\.ttlSeconds: got 60, allowed is lagAlarmSeconds/,
  ],
  [{ windowSeconds: 60, lagAlarmSeconds: 60 }, /^lagAlarmSeconds: got 60, allowed is more than windowSeconds \(60\)$/],
  [{ sweepEverySeconds: 90 }, /^sweepEverySeconds: got 90, allowed is a multiple of 60/],
  [{ maxFlushConcurrency: 1 }, /^maxFlushConcurrency: got 1, allowed is a whole number from 2 to 1000$/],
  [{ apiRateLimit: 0 }, /^apiRateLimit: got 0/],
  [{ apiBurstLimit: 1e6 }, /^apiBurstLimit: got 1000000/],
  [{ maxDirtyItems: 10 }, /^settings\.maxDirtyItems: 10 leaves no room/],
  [{ maxReceiveCount: 4 }, /^settings\.maxReceiveCount: .*got 4$/],
  [{ name: 'a cache' }, /^settings\.name: .*got "a cache"$/],
  [{ collections: { stock: { table } } }, /^tables\.stock: got no table/],
  [{ tables: { stock: inventory('sku') } }, /^tables\.stock: got a table, allowed is a collection with a mapping/],
  [
    { collections: { stock: { table: { ...table, name: 'inventory' } } }, tables: { stock: inventory('sku') } },
    /^collections\.stock\.table\.name: got inventory, allowed is none/,
  ],
  [
    { collections: { stock: { table } }, tables: { stock: inventory('other') } },
    /^collections\.stock\.table: got a key of sku \(S\), allowed is the table's, other \(S\)$/,
  ],
  [
    { collections: { stock: { table, otherWriters: 'cacheWins' } }, tables: { stock: inventory('sku') } },
    /^tables\.stock: got a table without a stream/,
  ],
  [
    { collections: { a: { table }, b: { table } }, tables: { a: shared, b: shared } },
    /^settings\.collections\.b\.table: could have the same items/,
  ],
  [{ windowSecs: 3 } as WriteBehindCacheProps, /windowSecs/],
];

test.each(refused.map(([props, message]) => [message, props] as const))('props fail at synth: %s', (message, props) => {
  expect(() => cacheWith(props)).toThrow(ConfigurationError);
  expect(() => cacheWith(props)).toThrow(message);
});

test.each([
  [() => new ServerlessValkey({ maxDataGigabytes: 0 }), /^valkey\.maxDataGigabytes: got 0, allowed is .* 1 to 5000$/],
  [() => new ServerlessValkey({ maxProcessingUnitsPerSecond: 10 }), /^valkey\.maxProcessingUnitsPerSecond: got 10/],
  [() => new DurableValkey({ nodeType: 'cache.t4g.micro' }), /^valkey\.nodeType: got cache\.t4g\.micro, allowed is/],
  [() => new DurableValkey({ replicasPerPrimary: 0 }), /^valkey\.replicasPerPrimary: got 0, allowed is .* 1 to 5$/],
  [() => new DurableValkey({ primaries: 91 }), /^valkey\.primaries: got 91/],
  [() => new ValkeyEndpoint({ url: 'http://valkey' }), /^valkey\.url: .* redis:\/\/ or rediss:\/\//],
  [() => stageOf('staging'), /^stage: got staging, allowed is dev, prod, localstack$/],
  [() => stageOf('toString'), /^stage: got toString/],
  [() => stageOf('localstack'), /^valkeyUrl: .*-c valkeyUrl=redis:/],
])('a choice that cannot work says so: %s', (make, message) => {
  expect(make).toThrow(ConfigurationError);
  expect(make).toThrow(message);
});

test('the window may be anything from none to 15 minutes', () => {
  expect(() => cacheWith({ windowSeconds: 0 })).not.toThrow();
  expect(() => cacheWith({ windowSeconds: 900 })).not.toThrow();
});

test('a low rate starts no more flushes than get their turns', () => {
  const concurrency = (props: WriteBehindCacheProps) => checkProps(props, 'name').maxFlushConcurrency;
  expect(concurrency({})).toBe(20);
  expect(concurrency({ flushRatePerSecond: 1000 })).toBe(20);
  // Batches of 10, and 15 s to wait.
  expect(concurrency({ flushRatePerSecond: 10 })).toBe(15);
  expect(concurrency({ flushRatePerSecond: 1 })).toBe(2);
  expect(concurrency({ flushRatePerSecond: 10, maxFlushConcurrency: 50 })).toBe(50);
});
