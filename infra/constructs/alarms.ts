/**
 * The alarms of a cache.
 *
 * @module write-behind/constructs/alarms
 */
import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AlarmRule } from './alarm-rule.ts';
import { apiRules, valkeyRules } from './alarm-rules-api.ts';
import { backlogRules, outcomeRules } from './alarm-rules-backlog.ts';
import { databaseRules, flushRules, historyRules, queueRules } from './alarm-rules-flush.ts';
import { streamRules } from './alarm-rules-stream.ts';
import type { WriteBehindCache } from './write-behind-cache.ts';

/** Props of {@link Alarms}. */
export interface AlarmsProps {
  readonly cache: WriteBehindCache;
  /** Told when an alarm rings, and when it stops. */
  readonly topic: sns.ITopic;
}

const OPERATORS = {
  '>': ComparisonOperator.GREATER_THAN_THRESHOLD,
  '>=': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
} as const;

/** Everything that can go wrong with a write-behind cache, watched; docs/operations.md says what to do about each. */
export class Alarms extends Construct {
  /** In the order data flows. */
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, { cache, topic }: AlarmsProps) {
    super(scope, id);
    this.#allowPublishing(topic);
    const groups = [
      apiRules,
      valkeyRules,
      backlogRules,
      queueRules,
      flushRules,
      databaseRules,
      historyRules,
      streamRules,
      outcomeRules,
    ];
    this.all = groups.flatMap((rules) => rules(cache)).map((rule) => this.#alarm(rule, new SnsAction(topic)));
  }

  /** CloudFormation names the alarms: it could not replace one that has a name of its own. */
  #alarm(rule: AlarmRule, action: SnsAction): Alarm {
    const alarm = new Alarm(this, rule.id, {
      alarmDescription: `${rule.severity.toUpperCase()}: ${rule.meaning} First: ${rule.firstStep} Then: section ${rule.id} of docs/operations.md.`,
      metric: rule.metric,
      threshold: rule.threshold,
      comparisonOperator: OPERATORS[rule.comparison],
      datapointsToAlarm: rule.periods.breaching,
      evaluationPeriods: rule.periods.of,
      treatMissingData: rule.missingData,
    });
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }

  /**
   * A topic with a policy of its own, such as one that enforces TLS, has lost the default policy that let the account's
   * alarms publish: they would ring, and nobody would hear it.
   */
  #allowPublishing(topic: sns.ITopic): void {
    const stack = Stack.of(this);
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'Alarms',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
      }),
    );
  }
}
