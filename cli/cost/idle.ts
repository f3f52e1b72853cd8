import { defineSettings } from '../../lib/settings.ts';
import { type Bill, billOf, type Line, line } from './bill.ts';
import { figureOf } from './figures.ts';

const SECONDS_PER_HOUR = 3600;
const MINUTES_PER_HOUR = 60;
const MS_PER_SECOND = 1000;
const MEGABYTES_PER_GB = 1024;
const BYTES_PER_GB = 1e9;

/** What a deployment of the stage `prod` costs a month in which nobody calls it. */
export function idleBill(): Bill {
  const { sweepEverySeconds, shards } = defineSettings({});
  const hours = figureOf('hoursPerMonth');
  const seconds = hours * SECONDS_PER_HOUR;
  const sweeps = seconds / sweepEverySeconds;
  const sweepGbSeconds = ((figureOf('sweepMs') / MS_PER_SECOND) * figureOf('sweepMegabytes')) / MEGABYTES_PER_GB;
  const switches = hours * MINUTES_PER_HOUR;
  const switchGbSeconds = ((figureOf('switchMs') / MS_PER_SECOND) * figureOf('switchMegabytes')) / MEGABYTES_PER_GB;
  return billOf([
    line('Valkey: data, at least', 'valkeyGbHour', hours * figureOf('leastValkeyGb')),
    line('SQS interface endpoint', 'endpointHour', hours * figureOf('endpointZones')),
    line('Alarms, by metric', 'alarmMetric', figureOf('alarmMetrics')),
    line('Dashboard', 'dashboard', figureOf('dashboards')),
    line('Custom metrics', 'customMetric', figureOf('customMetrics')),
    line('Event source: empty polls', 'sqsFifoRequest', (seconds / figureOf('pollSeconds')) * figureOf('pollers')),
    line('Sweep: invocations', 'lambdaRequest', sweeps),
    line('Sweep: duration', 'lambdaGbSecond', sweeps * sweepGbSeconds),
    line('Sweep: Valkey', 'valkeyUnit', sweeps * shards * figureOf('sweepUnits')),
    // At a sweep a minute each is the first request of its second.
    line('Sweep: traces', 'trace', sweeps),
    line('Sweep: logs', 'logGb', (sweeps * (figureOf('sweepLogBytes') + figureOf('platformLogBytes'))) / BYTES_PER_GB),
    line('Pause: invocations', 'lambdaRequest', switches),
    line('Pause: duration', 'lambdaGbSecond', switches * switchGbSeconds),
    line('Pause: its record, read', 'sqsFifoRequest', switches + sweeps),
    line('Pause: logs', 'logGb', (switches * figureOf('platformLogBytes')) / BYTES_PER_GB),
  ]);
}

/** What comes on top of it with data and use, a month each. */
export function growth(): readonly Line[] {
  const hours = figureOf('hoursPerMonth');
  return [
    line('each GB kept in Valkey', 'valkeyGbHour', hours),
    line('each GB kept in the table', 'tableGbMonth', 1),
    line('its point-in-time recovery', 'recoveryGbMonth', 1),
    line('DurableValkey instead: nodes', 'valkeyNodeHour', hours * figureOf('durableNodes')),
    line('DurableValkey instead: durability', 'valkeyDurableHour', hours * figureOf('durableNodes')),
  ];
}
