import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test, vi } from 'vitest';
import { type FigureName, figureOf, figures } from '../../cli/cost/figures.ts';
import { MOST_SHARDS } from '../../cli/cost/needs.ts';
import { PRIMARIES, quotas } from '../../cli/cost/quotas.ts';
import { MAX_BODY_BYTES } from '../../functions/api/middleware/json-body.ts';
import { requestLog } from '../../functions/api/middleware/request-log.ts';
import { createFlushHandler } from '../../functions/flush/handler.ts';
import { createLogger } from '../../functions/logger.ts';
import { createSweepHandler } from '../../functions/sweep/handler.ts';
import { DurableValkey } from '../../infra/constructs/valkey/durable-valkey.ts';
import { ServerlessValkey } from '../../infra/constructs/valkey/serverless-valkey.ts';
import { checkProps, type WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache-props.ts';
import { defineConfig } from '../../lib/config.ts';
import { ConfigurationError } from '../../lib/errors.ts';
import { changeJson } from '../../lib/history/change.ts';
import { encodeSignal } from '../../lib/queue/signal.ts';
import { defineSettings } from '../../lib/settings.ts';
import { prepare } from '../../lib/write/prepare.ts';
import { cacheWith, only, resourcesOf, stackOf } from '../infra/synthesized.ts';

describe('checked figures', () => {
  const prod = Template.fromStack(stackOf('prod'));
  const memoryOf = (description: RegExp) =>
    Object.values(resourcesOf(prod, 'AWS::Lambda::Function')).find(({ Properties }) =>
      description.test(Properties.Description),
    )?.Properties.MemorySize;

  test('of alarms, dashboards, endpoints and functions are those of the stage prod', () => {
    const metricsOf = (alarm: { Metrics?: { MetricStat?: unknown }[] }) =>
      alarm.Metrics?.filter(({ MetricStat }) => MetricStat).length ?? 1;
    const alarms = Object.values(resourcesOf(prod, 'AWS::CloudWatch::Alarm'));
    expect(alarms.reduce((sum, { Properties }) => sum + metricsOf(Properties), 0)).toBe(figureOf('alarmMetrics'));
    expect(Object.keys(resourcesOf(prod, 'AWS::CloudWatch::Dashboard'))).toHaveLength(figureOf('dashboards'));
    const endpoints = Object.values(resourcesOf(prod, 'AWS::EC2::VPCEndpoint')).filter(
      ({ Properties }) => Properties.VpcEndpointType === 'Interface',
    );
    expect(endpoints.map(({ Properties }) => Properties.SubnetIds.length)).toEqual([figureOf('endpointZones')]);
    expect(memoryOf(/^Accepts writes/)).toBe(figureOf('apiMegabytes'));
    expect(memoryOf(/^Brings what/)).toBe(figureOf('flushMegabytes'));
    expect(memoryOf(/^Flushes what/)).toBe(figureOf('sweepMegabytes'));
    expect(memoryOf(/^Pauses and/)).toBe(figureOf('switchMegabytes'));
    const { NumNodeGroups, ReplicasPerNodeGroup } = only(
      cacheWith({ valkey: new DurableValkey() }).template(),
      'AWS::ElastiCache::ReplicationGroup',
    ).Properties;
    expect(NumNodeGroups * (1 + ReplicasPerNodeGroup)).toBe(figureOf('durableNodes'));
  });

  test('the bills know of everything that is deployed and paid for', () => {
    const paid = [
      'AWS::DynamoDB::Table',
      'AWS::SQS::Queue',
      'AWS::EC2::VPCEndpoint',
      'AWS::ElastiCache::ServerlessCache',
      'AWS::Logs::LogGroup',
      'AWS::Lambda::Function',
      'AWS::Lambda::EventSourceMapping',
      'AWS::Events::Rule',
      'AWS::ApiGateway::RestApi',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
    ];
    const free =
      /^AWS::(IAM::|ApiGateway::(Account|Deployment|Stage|Resource|Method|GatewayResponse)|Lambda::Permission|Logs::QueryDefinition|SQS::QueuePolicy|SNS::|CDK::Metadata|ElastiCache::User|EC2::(VPC|Subnet|SubnetRouteTableAssociation|RouteTable|SecurityGroup\w*)$)/;
    const types = new Set(
      Object.values(prod.toJSON().Resources as Record<string, { Type: string }>).map((r) => r.Type),
    );
    expect([...types].filter((type) => !free.test(type)).toSorted()).toEqual(paid.toSorted());
  });

  test('of items, changes and signals are what the write path reckons', () => {
    const where = { valkeyUrl: 'redis://x', queueUrl: 'http://x', deadLetterQueueUrl: 'http://x', tableName: 'none' };
    const key = 'flights/115';
    const { baseBytes } = prepare({ op: 'put', key, value: {} }, defineConfig({}, where));
    expect(baseBytes - `pk${key}`.length).toBe(figureOf('ownBytes'));
    expect(encodeSignal({ key, version: 1_795_259_424_724_662 })).toHaveLength(figureOf('signalBytes'));
    const change = { version: 1_795_259_424_724_662, op: 'put', set: { n: 1 }, removed: [] } as const;
    // With the comma before the next one.
    const bytes = JSON.stringify(changeJson(change)).length + 1 - JSON.stringify(change.set).length;
    expect(bytes).toBe(figureOf('changeBytes'));
  });

  test('of logs and metrics are what the handlers write', async () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    try {
      await writeLogLines();
    } finally {
      vi.restoreAllMocks();
    }
    const near = (bytes: number, name: FigureName) => {
      expect(bytes, figures[name].what).toBeGreaterThan(0.9 * figureOf(name));
      expect(bytes, figures[name].what).toBeLessThan(1.1 * figureOf(name));
    };
    const [api, flush, sweep] = lines as [string, string, string];
    near(api.length, 'apiLogBytes');
    near(flush.length, 'flushLogBytes');
    near(sweep.length, 'sweepLogBytes');
    expect(JSON.parse(sweep)._aws.CloudWatchMetrics[0].Metrics).toHaveLength(figureOf('customMetrics'));
    const { Format } = only(prod, 'AWS::ApiGateway::Stage').Properties.AccessLogSetting;
    near(Format.replace(/\$context\.([\w.]+)/g, (_: string, field: string) => ACCESS[field]).length, 'accessLogBytes');
  });
});

describe('checked quotas', () => {
  const prod = Template.fromStack(stackOf('prod'));

  test('of settings are those of the stage prod', () => {
    const { MethodSettings } = only(prod, 'AWS::ApiGateway::Stage').Properties;
    expect(MethodSettings[0].ThrottlingRateLimit).toBe(quotas.apiRate.holds);
    const { ScalingConfig } = only(prod, 'AWS::Lambda::EventSourceMapping').Properties;
    expect(ScalingConfig.MaximumConcurrency).toBe(quotas.flushes.holds);
    const { CacheUsageLimits } = only(prod, 'AWS::ElastiCache::ServerlessCache').Properties;
    expect(CacheUsageLimits.ECPUPerSecond.Maximum).toBe(quotas.valkeyUnits.holds);
    expect(CacheUsageLimits.DataStorage.Maximum).toBe(quotas.valkeyGb.holds);
    const functions = Object.values(resourcesOf(prod, 'AWS::Lambda::Function')).flatMap(({ Properties }) => {
      const json = Properties.Environment?.Variables?.WRITE_BEHIND_SETTINGS;
      return json === undefined ? [] : [defineSettings(JSON.parse(json))];
    });
    expect(functions).toHaveLength(4);
    for (const { maxDirtyItems, shards } of functions) {
      expect(Math.floor(maxDirtyItems / shards)).toBe(quotas.dirtyItems.holds);
    }
  });

  test('can be raised as far as the constructs let them, and no further', () => {
    const mostOf = (make: (value: number) => unknown, most: number) => {
      expect(() => make(most)).not.toThrow();
      expect(() => make(most + 1)).toThrow(ConfigurationError);
    };
    const props = (more: WriteBehindCacheProps) => checkProps(more, 'name');
    mostOf((apiRateLimit) => props({ apiRateLimit }), quotas.apiRate.most);
    mostOf((maxFlushConcurrency) => props({ maxFlushConcurrency }), quotas.flushes.most);
    mostOf((shards) => props({ shards }), MOST_SHARDS);
    mostOf((most) => new ServerlessValkey({ maxProcessingUnitsPerSecond: most }), quotas.valkeyUnits.most);
    mostOf((most) => new ServerlessValkey({ maxDataGigabytes: most }), quotas.valkeyGb.most);
    mostOf((primaries) => new DurableValkey({ primaries }), PRIMARIES);
  });

  test('of a request is what the API takes', () => {
    expect(quotas.requestBytes.holds).toBe(MAX_BODY_BYTES);
  });

  test('of the messages that SQS searches is what the alarm of the queue goes by', () => {
    const alarms = Object.values(resourcesOf(prod, 'AWS::CloudWatch::Alarm'));
    const near = alarms.find(({ Properties }) => /SQS searches/.test(Properties.AlarmDescription));
    expect(near?.Properties.Threshold).toBe(quotas.scanned.holds / 2);
  });
});

const REQUEST_ID = '3f2b0d3e-9d1c-4c0e-8f0e-1d2c3b4a5f60';
/** A caller's request as API Gateway describes it. */
const ACCESS: Readonly<Record<string, string>> = {
  requestId: REQUEST_ID,
  requestTimeEpoch: '1795263483247',
  httpMethod: 'PUT',
  status: '202',
  'identity.userArn': 'arn:aws:sts::123456789012:assumed-role/orders-role/orders',
  'identity.sourceIp': '203.0.113.10',
  responseLength: '75',
  responseLatency: '12',
  integrationLatency: '9',
  'error.responseType': '-',
  xrayTraceId: '1-67891233-abcdef012345678912345678',
};

/** One line of each function. */
async function writeLogLines(): Promise<void> {
  const logger = (service: string) => createLogger({ service, cache: 'write-behind-prod', level: 'INFO' });
  const context = { awsRequestId: REQUEST_ID, getRemainingTimeInMillis: () => 55_000 } as never;
  const event = {
    requestContext: { requestId: REQUEST_ID },
    httpMethod: 'PUT',
    match: { route: { path: '/items/{collection}/{id}' }, params: {} },
  };
  requestLog(logger('api')).after?.({ event, context, response: { statusCode: 202 } } as never);
  const flush = createFlushHandler({ flushMessages: async () => ({ failed: [] }) }, { logger: logger('flush') });
  await flush({ Records: [] }, context);
  const report = { flushed: 0, failed: 0, failures: [], databaseCalls: 0, remaining: 0 };
  const waiting = { oldestLagMs: 0, dirtyItems: 0, parkedItems: 0 };
  const cache = { config: { name: 'write-behind-prod' }, sweep: async () => ({ ...report, ...waiting }) };
  await createSweepHandler(cache as never, { logger: logger('sweep') })({} as never, context);
}
