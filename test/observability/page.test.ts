/** docs/observability.md says what there is, all of it and nothing else. */
import { readFileSync } from 'node:fs';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import * as sns from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { logEvents } from '../../functions/log-events.ts';
import { CACHE_DIMENSION, embeddedMetrics, metricNames, NAMESPACE } from '../../functions/metrics.ts';
import { Alarms } from '../../infra/constructs/alarms.ts';
import { Dashboard } from '../../infra/constructs/dashboard.ts';
import { logQueries } from '../../infra/constructs/log-query-list.ts';
import { cacheWith, only, type Resource, resourcesOf } from '../infra/synthesized.ts';
import { fieldsOf, quoted, tableOf } from './page.ts';

const { cache, stack, template } = cacheWith({ name: 'shop', collections: { rates: { otherWriters: 'cacheWins' } } });
const alarms = new Alarms(stack, 'Alarms', { cache, topic: new sns.Topic(stack, 'Topic') }).all;
new Dashboard(stack, 'Dashboard', { cache, alarms });
const synthesized = template();

/** What a line tells CloudWatch of its metrics. */
interface EmbeddedMetrics {
  readonly CloudWatchMetrics: readonly [
    {
      readonly Namespace: string;
      readonly Dimensions: string[][];
      readonly Metrics: readonly { readonly Unit: string }[];
    },
  ];
}

/** The metrics of ours that one, or an expression, is made of. */
function ownMetrics(metric: IMetric): string[] {
  if (metric instanceof Metric) return metric.namespace === NAMESPACE ? [metric.metricName] : [];
  return Object.values(metric.toMetricConfig().mathExpression?.usingMetrics ?? {}).flatMap(ownMetrics);
}

/** Titles of the graphs of the dashboard that draw a metric of ours. */
function graphsOf(name: string): string[] {
  const { DashboardBody } = only(synthesized, 'AWS::CloudWatch::Dashboard').Properties;
  const { widgets } = JSON.parse(textOf(DashboardBody));
  const draws = (metrics: unknown[][] = []) =>
    metrics.some(([space, metric]) => space === NAMESPACE && metric === name);
  return widgets.flatMap(({ properties }: Resource & { properties: { title: string; metrics?: unknown[][] } }) =>
    draws(properties.metrics) ? [properties.title] : [],
  );
}

function textOf(value: string | Record<string, unknown>): string {
  if (typeof value === 'string') return value;
  if (value['Fn::Join']) return (value['Fn::Join'] as [string, never[]])[1].map(textOf).join('');
  return String(value.Ref ?? (value['Fn::GetAtt'] as string[]).join('.'));
}

test('every metric is there, with its unit, its alarms and its graphs', () => {
  const documented = tableOf('Metrics').map(({ metric = '', unit, alarms = '', dashboard = '' }) => ({
    name: quoted(metric)[0],
    unit,
    alarms: quoted(alarms),
    graphs: dashboard.split(', ').filter(Boolean),
  }));
  const published = Object.values(metricNames).map((name) => {
    const { _aws } = embeddedMetrics('shop', { [name]: 1 }, 0) as unknown as { _aws: EmbeddedMetrics };
    const [{ Namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
    expect({ Namespace, Dimensions }).toEqual({ Namespace: 'WriteBehind', Dimensions: [[CACHE_DIMENSION]] });
    return {
      name,
      unit: Metrics[0]!.Unit,
      alarms: alarms.filter(({ metric }) => ownMetrics(metric).includes(name)).map(({ node }) => node.id),
      graphs: graphsOf(name),
    };
  });
  expect(documented).toEqual(published);
});

test('every log event is there, with its level and the functions that write it', () => {
  const documented = tableOf('Log events').map(({ event = '', level, from }) => [
    quoted(event)[0],
    { level, from: from?.split(', ') },
  ]);
  expect(documented).toEqual(Object.entries(logEvents));
});

test('every saved query is there, with the functions whose logs it searches', () => {
  const documented = tableOf('Saved queries').map(({ query, searches }) => ({
    name: query,
    of: searches?.split(', '),
  }));
  expect(documented).toEqual(logQueries.map(({ name, of }) => ({ name, of })));
});

test('saved queries are deployed under the name of the cache, on the log groups of the functions', () => {
  const groupOf = Object.fromEntries(
    Object.keys(resourcesOf(synthesized, 'AWS::Logs::LogGroup')).map((id) => [
      /Cache(\w+)FunctionLogs/.exec(id)?.[1]?.toLowerCase(),
      id,
    ]),
  );
  const deployed = Object.values(resourcesOf(synthesized, 'AWS::Logs::QueryDefinition')).map(
    ({ Properties }) => Properties,
  );
  expect(deployed).toEqual(
    logQueries.map(({ name, of, text }) => ({
      Name: `shop/${name}`,
      QueryString: text,
      LogGroupNames: of.flatMap((folder) => (groupOf[folder] ? [{ Ref: groupOf[folder] }] : [])),
    })),
  );
});

test('queries ask for fields that lines have, of events that their functions write', () => {
  // What CloudWatch adds, the words of the language, and what a query names itself.
  const language =
    /^(fields|filter|stats|sort|limit|by|as|in|and|like|desc|asc|count|sum|avg|max|pct|bin|earliest|latest|coalesce|ispresent|REPORT|m)$/;
  for (const { name, of, text } of logQueries) {
    const events = quotedEvents(text);
    for (const event of events)
      expect(
        logEvents[event].from.some((each) => (of as readonly string[]).includes(each)),
        name,
      ).toBe(true);
    const known = new Set(
      (events.length > 0 ? events : [...fieldsOf.keys()]).flatMap((event) => [...(fieldsOf.get(event) ?? [])]),
    );
    const own = new Set([...text.matchAll(/ as (\w+)/g)].map(([, alias]) => alias!));
    const words = text.replace(/'[^']*'/g, '').match(/(?<![@\w.])[A-Za-z_]\w*/g) ?? [];
    expect(
      words.filter((word) => !known.has(word) && !own.has(word) && !language.test(word)),
      name,
    ).toEqual([]);
  }
});

function quotedEvents(text: string): (keyof typeof logEvents)[] {
  const filter = /filter event (?:=|in) (.*)/.exec(text)?.[1] ?? '';
  return [...filter.matchAll(/'([\w-]+)'/g)].map(([, event]) => event as keyof typeof logEvents);
}

test('links lead somewhere', () => {
  const page = readFileSync(new URL('../../docs/observability.md', import.meta.url), 'utf8');
  for (const [, file] of page.matchAll(/\]\((?!http)([^)#]+)[^)]*\)/g)) {
    expect(() => readFileSync(new URL(`../../docs/${file}`, import.meta.url))).not.toThrow();
  }
});
