import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import { Alarms } from '../../infra/constructs/alarms.ts';
import { DurableValkey } from '../../infra/constructs/valkey/durable-valkey.ts';
import { ValkeyEndpoint } from '../../infra/constructs/valkey/valkey-endpoint.ts';
import type { WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache.ts';
import { cacheWith, only, resourcesOf, stackOf } from './synthesized.ts';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const runbook = operations.split(/^## Alarms$/m)[1]?.split(/^## /m)[0] ?? '';
const chapters = runbook.split(/^### /m).slice(1);
/** Sections by their heading. */
const sections = new Map(chapters.map((chapter) => [chapter.split('\n', 1)[0]!, chapter]));

// biome-ignore lint/suspicious/noExplicitAny: properties of a resource
type AlarmProperties = any;

function alarmsOf(props: WriteBehindCacheProps = {}): { alarms: Map<string, AlarmProperties>; template: Template } {
  const { cache, stack, template } = cacheWith(props);
  const { all } = new Alarms(stack, 'Alarms', { cache, topic: new sns.Topic(stack, 'Topic', { enforceSSL: true }) });
  const synthesized = template();
  const ids = new Map(all.map((alarm) => [stack.resolve(alarm.alarmArn)['Fn::GetAtt'][0], alarm.node.id]));
  const resources = Object.entries(resourcesOf(synthesized, 'AWS::CloudWatch::Alarm'));
  return {
    // An alarm that is not among `all` is under the name `undefined`.
    alarms: new Map(resources.map(([logicalId, { Properties }]) => [String(ids.get(logicalId)), Properties])),
    template: synthesized,
  };
}

/** With a history, and with other writers, so that every alarm is there. */
const collections = { orders: { audited: true }, rates: { otherWriters: 'cacheWins' } } as const;
const serverless = alarmsOf({ collections });
const endpoint = alarmsOf({ collections, name: 'NAME', valkey: new ValkeyEndpoint({ url: 'rediss://valkey:6379' }) });
const slowSweep = alarmsOf({ collections, sweepEverySeconds: 3600 });
const manyNodes = alarmsOf({ collections, valkey: new DurableValkey({ primaries: 90, replicasPerPrimary: 5 }) });
const everyAlarm = [...serverless.alarms].map(([id, alarm]) => ({ id, alarm }));

describe('the runbook', () => {
  test('has a section for every alarm, in their order, and no other', () => {
    expect([...sections.keys()]).toEqual([...serverless.alarms.keys()]);
  });

  test.each(everyAlarm)('is named in the description of $id, and its table says the same', ({ id, alarm }) => {
    const format = /^(CRITICAL|WARNING): .* First: (.*) Then: section (\w+) of docs\/operations.md.$/;
    const [text, severity, firstStep, section] = format.exec(alarm.AlarmDescription) ?? [];
    expect(section).toBe(id);
    expect(runbook).toContain(`| [${id}](#${id.toLowerCase()}) | ${severity?.toLowerCase()} | ${firstStep} |`);
    // CloudWatch refuses longer ones.
    expect(text!.length).toBeLessThanOrEqual(1024);
  });

  test.each(everyAlarm)('says of $id what it means, whom it hurts, why, what to do and what not', ({ id }) => {
    const parts = [...sections.get(id)!.matchAll(/^\*\*([^*]+)\.\*\*\s/gm)].map(([, part]) => part);
    expect(parts).toEqual(['Means', 'Users notice', 'Find the cause', 'Do', 'Do not']);
  });

  test('asks only for outputs and resources that the stack has', () => {
    const { Outputs, Resources } = Template.fromStack(stackOf('prod')).toJSON();
    // Only where a collection is audited.
    Outputs.HistoryTableName = {};
    const outputs = [...runbook.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name!);
    expect(outputs.length).toBeGreaterThan(0);
    for (const name of outputs) expect(Outputs).toHaveProperty(name);
    const resources = [...runbook.matchAll(/\$\(resource (\S+) (\w+)\)/g)];
    expect(resources.length).toBeGreaterThan(0);
    for (const [, type, part] of resources) {
      const found = Object.keys(Resources).filter((id) => Resources[id].Type === type && id.includes(part!));
      expect(found, `${type} ${part}`).toHaveLength(1);
    }
  });
});

describe('every alarm', () => {
  test.each(everyAlarm)('tells the topic when it rings and when it stops: $id', ({ alarm }) => {
    const topic = { Ref: Object.keys(resourcesOf(serverless.template, 'AWS::SNS::Topic'))[0] };
    expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
  });

  test('may publish to a topic that has a policy of its own', () => {
    const { PolicyDocument } = only(serverless.template, 'AWS::SNS::TopicPolicy').Properties;
    expect(PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
  });

  test.each([...serverless.alarms.keys()])('is one that CloudWatch takes: %s', (id) => {
    for (const { alarms } of [serverless, slowSweep, manyNodes]) {
      const alarm = alarms.get(id);
      const stats = (alarm.Metrics ?? []).filter((metric: AlarmProperties) => metric.MetricStat);
      expect(stats.length).toBeLessThanOrEqual(10);
      const periodSeconds = alarm.Period ?? stats[0].MetricStat.Period;
      expect(periodSeconds % 60).toBe(0);
      expect(periodSeconds * alarm.EvaluationPeriods).toBeLessThanOrEqual(86_400);
      expect(alarm.DatapointsToAlarm).toBeLessThanOrEqual(alarm.EvaluationPeriods);
    }
  });
});

test('Valkey is watched where it tells something about itself', () => {
  const ofValkey = [...serverless.alarms.keys()].filter((id) => id.startsWith('Valkey'));
  expect(ofValkey).toEqual(['ValkeyMemory', 'ValkeyEvictions', 'ValkeyThrottled']);
  expect([...manyNodes.alarms.keys()]).toEqual([...serverless.alarms.keys()]);
  expect([...endpoint.alarms.keys()]).toEqual([...serverless.alarms.keys()].filter((id) => !ofValkey.includes(id)));
});

test('the history is watched where there is one', () => {
  const ofHistory = [...serverless.alarms.keys()].filter((id) => id.startsWith('History'));
  expect(ofHistory).toEqual(['HistoryThrottles', 'HistoryErrors']);
  const without = alarmsOf({ collections: { ...collections, orders: { audited: false } } });
  expect([...without.alarms.keys()]).toEqual([...serverless.alarms.keys()].filter((id) => !ofHistory.includes(id)));
});

test('the stream function is watched where there is one', () => {
  const without = alarmsOf({ collections: { orders: { audited: true } } });
  expect([...without.alarms.keys()]).toEqual([...serverless.alarms.keys()].filter((id) => id !== 'StreamLate'));
});

test('each alarm watches its own metric', () => {
  const watched = ({ MetricName, Statistic, ExtendedStatistic, Dimensions, Metrics }: AlarmProperties): string[] =>
    Metrics
      ? Metrics.flatMap(({ MetricStat }: AlarmProperties) =>
          MetricStat ? watched({ ...MetricStat.Metric, Statistic: MetricStat.Stat }) : [],
        )
      : [[nameIn(Dimensions), MetricName, Statistic ?? ExtendedStatistic].join(' ')];
  // What stands last among the dimensions, by its logical id without the hash.
  const nameIn = (dimensions: AlarmProperties) => {
    const { Value } = dimensions.at(-1);
    const name: string = Value.Ref ?? Value['Fn::GetAtt']?.[0] ?? Value;
    return name.replace(/^Cache|[0-9A-F]{8}$/g, '');
  };
  expect(Object.fromEntries([...endpoint.alarms].map(([id, alarm]) => [id, watched(alarm)]))).toEqual({
    ApiServerErrors: ['ApiRestApiDeploymentStagev1 5XXError Average', 'ApiRestApiDeploymentStagev1 5XXError Sum'],
    ApiLatency: ['ApiRestApiDeploymentStagev1 Count SampleCount', 'ApiRestApiDeploymentStagev1 Latency p99'],
    DirtyItemsNearBound: ['NAME DirtyItems Maximum', 'NAME ParkedItems Maximum'],
    Backlog: ['NAME DirtyItems Maximum', 'NAME PausedFor Maximum'],
    OldestMessageAgeWarning: ['QueuesQueue ApproximateAgeOfOldestMessage Maximum', 'NAME PausedFor Maximum'],
    OldestMessageAgeCritical: ['QueuesQueue ApproximateAgeOfOldestMessage Maximum', 'NAME PausedFor Maximum'],
    QueueNearScanLimit: [
      'QueuesQueue ApproximateNumberOfMessagesVisible Maximum',
      'QueuesQueue ApproximateNumberOfMessagesDelayed Maximum',
      'QueuesQueue ApproximateNumberOfMessagesNotVisible Maximum',
    ],
    FlushPaused: ['NAME PausedFor Maximum'],
    FlushErrors: ['FlushFunction Errors Sum'],
    FlushThrottles: ['FlushFunction Throttles Sum'],
    FlushDuration: ['FlushFunction Duration Maximum'],
    // Of gets, puts and batches.
    DatabaseThrottles: Array(3).fill('TablesItems ThrottledRequests Sum'),
    DatabaseErrors: Array(3).fill('TablesItems SystemErrors Sum'),
    // Of puts and queries.
    HistoryThrottles: Array(2).fill('TablesHistory ThrottledRequests Sum'),
    HistoryErrors: Array(2).fill('TablesHistory SystemErrors Sum'),
    StreamLate: ['StreamFunction IteratorAge Maximum'],
    DeadLetters: ['QueuesDeadLetterQueue ApproximateNumberOfMessagesVisible Maximum'],
    ParkedItems: ['NAME ParkedItems Maximum'],
    KnownLost: ['NAME KnownLost Sum'],
    Lag: ['NAME Lag Maximum', 'NAME PausedFor Maximum'],
  });
});

describe('without data', () => {
  const treated = (how: string) =>
    [...serverless.alarms].filter(([, alarm]) => alarm.TreatMissingData === how).map(([id]) => id);

  test('the lag rings: the sweep that should publish it is dead', () => {
    expect(treated('breaching')).toEqual(['Lag']);
  });

  test('what the sweep counts stays as it is, so does the memory of Valkey, and the others are quiet', () => {
    expect(treated('ignore')).toEqual(['ValkeyMemory', 'DirtyItemsNearBound', 'Backlog', 'ParkedItems']);
    expect(treated('notBreaching')).toHaveLength(serverless.alarms.size - 5);
  });

  test('DynamoDB counts as zero, because it publishes its failures only', () => {
    for (const id of ['DatabaseThrottles', 'DatabaseErrors', 'HistoryThrottles', 'HistoryErrors']) {
      const { Metrics } = serverless.alarms.get(id);
      const names = Metrics.filter(({ MetricStat }: AlarmProperties) => MetricStat).map(
        ({ Id }: AlarmProperties) => Id,
      );
      expect(names).toHaveLength(id.startsWith('History') ? 2 : 3);
      expect(Metrics[0].Expression).toBe(names.map((name: string) => `FILL(${name}, 0)`).join(' + '));
    }
  });
});

describe('thresholds', () => {
  const figures = ({ alarms }: typeof serverless) =>
    Object.fromEntries(
      [...alarms].map(([id, { Threshold, ComparisonOperator, DatapointsToAlarm, EvaluationPeriods }]) => [
        id,
        `${ComparisonOperator.includes('Equal') ? '>=' : '>'} ${Threshold}, ${DatapointsToAlarm} of ${EvaluationPeriods}`,
      ]),
    );

  test('are these by default', () => {
    expect(figures(serverless)).toEqual({
      ApiServerErrors: '> 1, 3 of 5',
      ApiLatency: '> 1000, 3 of 5',
      ValkeyMemory: '>= 8589934592, 3 of 5',
      ValkeyEvictions: '>= 1, 3 of 5',
      ValkeyThrottled: '>= 1, 3 of 5',
      DirtyItemsNearBound: '>= 80000, 1 of 1',
      Backlog: '> 1000, 5 of 5',
      OldestMessageAgeWarning: '> 65, 2 of 3',
      OldestMessageAgeCritical: '> 305, 2 of 3',
      QueueNearScanLimit: '> 60000, 1 of 1',
      FlushPaused: '> 14400000, 2 of 3',
      FlushErrors: '> 0, 1 of 1',
      FlushThrottles: '> 0, 3 of 5',
      FlushDuration: '> 24000, 3 of 5',
      DatabaseThrottles: '> 0, 3 of 5',
      DatabaseErrors: '> 0, 3 of 5',
      HistoryThrottles: '> 0, 3 of 5',
      HistoryErrors: '> 0, 3 of 5',
      StreamLate: '> 60000, 2 of 3',
      DeadLetters: '> 0, 1 of 1',
      ParkedItems: '> 0, 1 of 1',
      KnownLost: '> 0, 1 of 1',
      Lag: '> 305000, 2 of 3',
    });
  });

  test('follow the settings', () => {
    const custom = alarmsOf({
      windowSeconds: 20,
      lagAlarmSeconds: 900,
      backlogAlert: 77,
      maxDirtyItems: 1000,
      flushTimeoutSeconds: 100,
      sweepEverySeconds: 120,
      pauseAlarmHours: 1,
    });
    expect(figures(custom)).toMatchObject({
      DirtyItemsNearBound: '>= 800, 1 of 1',
      Backlog: '> 77, 3 of 3',
      OldestMessageAgeWarning: '> 80, 2 of 3',
      OldestMessageAgeCritical: '> 320, 2 of 3',
      FlushPaused: '> 3600000, 2 of 3',
      FlushDuration: '> 80000, 3 of 5',
      Lag: '> 900000, 2 of 3',
    });
    const { AlarmDescription } = custom.alarms.get('OldestMessageAgeCritical');
    expect(AlarmDescription).toContain('older than 320 s, the window of 20 s included');
  });

  test('of what the sweep publishes are compared once per sweep', () => {
    expect(slowSweep.alarms.get('ParkedItems').Period).toBe(3600);
    for (const id of ['Lag', 'Backlog']) {
      const [, value, paused] = slowSweep.alarms.get(id).Metrics;
      expect([value.MetricStat.Period, paused.MetricStat.Period], id).toEqual([3600, 3600]);
    }
    expect(figures(slowSweep).Backlog).toBe('> 1000, 1 of 1');
    const [, dirty, parked] = slowSweep.alarms.get('DirtyItemsNearBound').Metrics;
    expect([dirty, parked].map(({ MetricStat }) => MetricStat.Period)).toEqual([3600, 3600]);
  });
});

describe('expressions', () => {
  const expressions = (id: string) =>
    serverless.alarms.get(id).Metrics.flatMap(({ Expression }: AlarmProperties) => Expression ?? []);

  test('count parked items against the bound, because the cache does', () => {
    expect(expressions('DirtyItemsNearBound')).toEqual(['dirty + parked']);
  });

  test('let what rises on purpose while flushing is paused be quiet, and nothing else', () => {
    const silent = [...serverless.alarms].filter(([, { Metrics = [] }]) =>
      Metrics.some(({ Expression = '' }: AlarmProperties) => Expression.includes('paused')),
    );
    expect(silent.map(([id]) => id)).toEqual(['Backlog', 'OldestMessageAgeWarning', 'OldestMessageAgeCritical', 'Lag']);
    // Where nobody says that it is paused, or how large the lag is, it rings.
    for (const [id] of silent) expect(expressions(id)).toEqual(['IF(FILL(paused, 0) > 0, 0, value)']);
  });

  test('let failing requests ring as a share, but not one or two of them', () => {
    expect(expressions('ApiServerErrors')).toEqual(['IF(errors >= 3, percent, 0)', '100 * errorRate']);
  });

  test('let slow requests ring only where one of them does not decide the percentile', () => {
    expect(expressions('ApiLatency')).toEqual(['IF(requests >= 100, latency, 0)']);
  });
});
