import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { Alarms } from '../../infra/constructs/alarms.ts';
import { Api } from '../../infra/constructs/api.ts';
import { Dashboard } from '../../infra/constructs/dashboard.ts';
import { ValkeyEndpoint } from '../../infra/constructs/valkey/valkey-endpoint.ts';
import { WriteBehindCache, type WriteBehindCacheProps } from '../../infra/constructs/write-behind-cache.ts';
import { cacheWith, only } from './synthesized.ts';

interface Widget {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  // biome-ignore lint/suspicious/noExplicitAny: differ by type
  readonly properties: any;
}

function pageOf(props: WriteBehindCacheProps = {}) {
  const { cache, stack, template } = cacheWith({ name: 'shop', ...props });
  const { all } = new Alarms(stack, 'Alarms', { cache, topic: new sns.Topic(stack, 'Topic') });
  new Dashboard(stack, 'Dashboard', { cache, alarms: all });
  const body = only(template(), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody;
  const { widgets, periodOverride } = JSON.parse(textOf(body));
  return {
    cache,
    periodOverride,
    widgets: widgets as Widget[],
    alarms: all,
    resolve: (value: unknown) => textOf(stack.resolve(value)),
  };
}

/** A string of a template, with what only AWS knows replaced by its logical id. */
function textOf(value: string | Record<string, unknown>): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return (value['Fn::Join'] as [string, never[]])[1].map(textOf).join('');
  return String(value.Ref ?? (value['Fn::GetAtt'] as string[]).join('.'));
}

const titles = (widgets: readonly Widget[]) => widgets.map(({ properties }) => properties.title ?? 'text');
const graph = (widgets: readonly Widget[], title: string) =>
  widgets.find(({ properties }) => properties.title === title)!.properties;

const serverless = pageOf();
const endpoint = pageOf({ valkey: new ValkeyEndpoint({ url: 'redis://valkey:6379' }) });
const audited = pageOf({ collections: { orders: { audited: true } } });
const watching = pageOf({ collections: { rates: { otherWriters: 'cacheWins' } } });
const pages = [
  { valkey: 'serverless Valkey', page: serverless },
  { valkey: 'serverless Valkey and a history', page: audited },
  { valkey: 'serverless Valkey and other writers', page: watching },
  { valkey: 'a Valkey of one’s own', page: endpoint },
];

test('the page has the order in which data flows', () => {
  expect(titles(serverless.widgets)).toEqual([
    'text',
    'Alarms',
    'API: requests',
    'API: latency',
    'API: status',
    'api function: invocations and errors',
    'api function: duration',
    'api function: concurrency and throttles',
    'Valkey: memory',
    'Valkey: evictions',
    'Valkey: throttled',
    'Valkey: dirty items',
    'Queue: age of the oldest message',
    'Queue: messages',
    'Flush: paused',
    'flush: invocations and errors',
    'flush: duration',
    'flush: concurrency and throttles',
    'DynamoDB: consumed write capacity',
    'DynamoDB: throttles and errors',
    'DynamoDB: latency of writes',
    'Dead letters',
    'Parked items',
    'Known lost',
    'Lag',
  ]);
});

test('a Valkey that tells nothing about itself leaves no gap', () => {
  const missing = ['Valkey: memory', 'Valkey: evictions', 'Valkey: throttled'];
  expect(titles(endpoint.widgets)).toEqual(titles(serverless.widgets).filter((title) => !missing.includes(title)));
});

test('a history is watched beside the table', () => {
  const expected = titles(serverless.widgets);
  expected.splice(expected.indexOf('DynamoDB: latency of writes'), 0, 'History: throttles and errors');
  expect(titles(audited.widgets)).toEqual(expected);
});

test('the stream function is watched before what came of it all', () => {
  const expected = titles(serverless.widgets);
  const stream = ['invocations and errors', 'duration', 'concurrency and throttles'].map((of) => `stream: ${of}`);
  const own = [...stream, 'Stream: age of the changes', 'Other writers: conflicts'];
  expected.splice(expected.indexOf('Dead letters'), 0, ...own);
  expect(titles(watching.widgets)).toEqual(expected);
});

test.each(pages)('every row is as wide as the page, with $valkey', ({ page }) => {
  const rows = Map.groupBy(page.widgets, ({ y }) => y);
  let nextY = 0;
  for (const [y, row] of rows) {
    expect(y).toBe(nextY);
    let nextX = 0;
    for (const { x, width, height } of row) {
      expect([x, height]).toEqual([nextX, row[0]!.height]);
      nextX += width;
    }
    expect(nextX).toBe(24);
    nextY += row[0]!.height;
  }
});

test.each(pages)('every metric that the constructs offer is on the page, with $valkey', ({ page }) => {
  const drawn = new Set(page.widgets.flatMap(({ properties }) => (properties.metrics ?? []).flatMap(seriesOf)));
  const offered = [...metricsOf(page.cache, WriteBehindCache), ...metricsOf(page.cache.api, Api)].filter(
    // Published by the stream function alone.
    (metric) => page.cache.streamFunction || !(metric instanceof Metric && metric.metricName === 'Conflicts'),
  );
  expect(offered.length).toBeGreaterThan(8);
  const { memory, evictions, throttled } = page.cache.valkey;
  const ofValkey = [memory, evictions, throttled].flatMap((watched) => watched?.metric ?? []);
  for (const metric of [...offered, ...ofValkey]) {
    for (const series of plainMetrics(metric)) {
      const dimensions = Object.entries(series.dimensions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      const rendered = [series.namespace, series.metricName, ...dimensions.flat().map(page.resolve), series.statistic];
      expect([...drawn]).toContain(rendered.join(' '));
    }
  }
});

test('all alarms are at the top, under what to look at first', () => {
  const [text, status] = serverless.widgets;
  expect(text!.properties.markdown).toMatch(/^# shop\n\*\*Look first\*\*/);
  expect(status!.properties.alarms).toEqual(serverless.alarms.map(({ alarmArn }) => serverless.resolve(alarmArn)));
});

test('thresholds are drawn as the alarms have them, limits as the settings', () => {
  const { widgets } = pageOf({ windowSeconds: 30, lagAlarmSeconds: 400, maxDirtyItems: 500, maxFlushConcurrency: 7 });
  const lines = (title: string) =>
    graph(widgets, title).annotations.horizontal.map(
      ({ label, value }: { label: string; value: number }) => `${label} ${value}`,
    );
  expect(lines('API: latency')).toEqual(['ApiLatency 1000']);
  expect(lines('API: status')).toEqual(['ApiServerErrors 1']);
  expect(lines('Valkey: dirty items')).toEqual(['Backlog 1000', 'DirtyItemsNearBound 400', 'maxDirtyItems 500']);
  expect(lines('Queue: age of the oldest message')).toEqual([
    'OldestMessageAgeWarning 90',
    'OldestMessageAgeCritical 330',
  ]);
  expect(lines('Queue: messages')).toEqual(['QueueNearScanLimit 60000']);
  expect(lines('flush: concurrency and throttles')).toEqual(['maxFlushConcurrency 7']);
  expect(lines('Lag')).toEqual(['Lag 400000']);
});

test('without alarms the page is drawn without them', () => {
  const { cache, stack, template } = cacheWith();
  new Dashboard(stack, 'Dashboard', { cache, alarms: [] });
  const { widgets } = JSON.parse(textOf(only(template(), 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));
  expect(titles(widgets)).toEqual(titles(serverless.widgets).filter((title) => title !== 'Alarms'));
});

test('what the sweep publishes is drawn once per sweep, without gaps', () => {
  const { widgets, periodOverride } = pageOf({ sweepEverySeconds: 300 });
  // Else CloudWatch chooses the periods by the time that is shown.
  expect(periodOverride).toBe('inherit');
  for (const title of ['Valkey: dirty items', 'Parked items', 'Lag']) {
    const ownMetrics = graph(widgets, title).metrics.filter(([namespace]: unknown[]) => namespace === 'WriteBehind');
    expect(ownMetrics.length).toBeGreaterThan(0);
    // 300 s is the period of a graph that names none.
    for (const metric of ownMetrics) expect(metric.at(-1).period ?? 300, title).toBe(300);
  }
});

/** What the `metric…` methods of an object return. */
function metricsOf<T extends object>(owner: T, type: { readonly prototype: T }): IMetric[] {
  const names = Object.getOwnPropertyNames(type.prototype).filter((name) => name.startsWith('metric'));
  return names.map((name) => (owner as Record<string, () => IMetric>)[name]!());
}

/** The metrics that an expression uses; a metric by itself is one. */
function plainMetrics(metric: IMetric): Metric[] {
  if (metric instanceof Metric) return [metric];
  return Object.values(metric.toMetricConfig().mathExpression!.usingMetrics).flatMap(plainMetrics);
}

/** A line of a graph as `namespace name dimensions statistic`; nothing for an expression. */
function seriesOf(line: unknown[]): string[] {
  if (typeof line[0] !== 'string') return [];
  const options = line.at(-1) as { stat?: string };
  return [[...line.slice(0, -1), options.stat ?? 'Average'].join(' ')];
}
