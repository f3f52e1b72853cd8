/**
 * The dashboard of a cache.
 *
 * @module write-behind/constructs/dashboard
 */
import { Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { FULL_WIDTH, GraphRows } from './dashboard-graphs.ts';
import { behindRows, frontRows } from './dashboard-rows.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** Props of {@link Dashboard}. */
export interface DashboardProps {
  readonly cache: WriteBehindCache;
  /** Shown at the top; their thresholds are drawn into the graphs. */
  readonly alarms: readonly cloudwatch.Alarm[];
}

/** One page in the order data flows. */
export class Dashboard extends Construct {
  /** Address of the page in the console. */
  readonly url: string;

  constructor(scope: Construct, id: string, { cache, alarms }: DashboardProps) {
    super(scope, id);
    const graphs = new GraphRows(alarms);
    const dashboard = new cloudwatch.Dashboard(this, 'Dashboard', {
      defaultInterval: Duration.hours(3),
      // Sums over a minute stay comparable with the thresholds, however long the time is that is shown.
      periodOverride: cloudwatch.PeriodOverride.INHERIT,
      widgets: [
        [header(cache)],
        ...(alarms.length > 0 ? [[alarmStatus(alarms)]] : []),
        ...[...frontRows(cache), ...behindRows(cache)].map((row) => graphs.row(row)),
      ],
    });
    const { region } = Stack.of(this);
    this.url = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
  }
}

function header({ props: { settings, lagAlarmSeconds } }: WriteBehindCache): cloudwatch.IWidget {
  return new cloudwatch.TextWidget({
    width: FULL_WIDTH,
    height: 4,
    markdown: [
      `# ${settings.name}`,
      `**Look first** at the alarms, then at *Lag* (last row): how long the oldest acknowledged write has waited for the table. About ${settings.windowSeconds} s, the window, is as it should be; more than ${lagAlarmSeconds} s is an incident, and no data means that the sweep is dead.`,
      '',
      'Then go down the page. It has the order in which a write travels: API → api function → Valkey → queue → flush → DynamoDB → what did not get through. **The cause is where errors, throttles or latency rise;** above it work piles up, below it becomes quiet. If everything rises, it is load.',
      '',
      'Red lines are the thresholds of alarms, grey ones limits. What to do about each alarm: `docs/operations.md`.',
    ].join('\n'),
  });
}

function alarmStatus(alarms: readonly cloudwatch.Alarm[]): cloudwatch.IWidget {
  return new cloudwatch.AlarmStatusWidget({
    title: 'Alarms',
    width: FULL_WIDTH,
    height: 5,
    alarms: [...alarms],
    // Those that ring come first.
    sortBy: cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP,
  });
}
