import { CfnCondition, CfnOutput, CfnParameter, Fn, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledgements.ts';
import { Alarms } from './constructs/alarms.ts';
import { Dashboard } from './constructs/dashboard.ts';
import { WriteBehindCache } from './constructs/write-behind-cache.ts';
import type { Stage } from './stages.ts';

/** Props of {@link WriteBehindStack}. */
export interface WriteBehindStackProps extends StackProps {
  readonly stage: Stage;
}

/** One write-behind cache with its alarms and its dashboard. */
export class WriteBehindStack extends Stack {
  constructor(scope: Construct, id: string, { stage, ...props }: WriteBehindStackProps) {
    super(scope, id, {
      description: `Write-behind cache, stage ${stage.name}`,
      terminationProtection: stage.cache.removalPolicy === RemovalPolicy.RETAIN,
      ...props,
    });
    Tags.of(this).add('application', 'write-behind');
    Tags.of(this).add('stage', stage.name);
    const cache = new WriteBehindCache(this, 'Cache', { name: `write-behind-${stage.name}`, ...stage.cache });
    acknowledge(cache, stage.cache);
    const topic = this.#alarmTopic();
    const alarms = new Alarms(this, 'Alarms', { cache, topic });
    const dashboard = new Dashboard(this, 'Dashboard', { cache, alarms: alarms.all });

    const output = (name: string, value: string, description: string) =>
      new CfnOutput(this, name, { value, description });
    output('ApiUrl', cache.url, 'Base URL of the API');
    output('TableName', cache.table.tableName, 'DynamoDB table of the items');
    if (cache.historyTable) output('HistoryTableName', cache.historyTable.tableName, 'DynamoDB table of the history');
    output('QueueUrl', cache.queue.queueUrl, 'FIFO queue of the signals');
    output('DeadLetterQueueUrl', cache.deadLetterQueue.queueUrl, 'What could not be stored');
    output('AlarmTopicArn', topic.topicArn, 'Where the alarms go');
    output('DashboardUrl', dashboard.url, 'The dashboard, in the order data flows');
  }

  /** Takes the alarms; an e-mail address can be given when it is deployed. */
  #alarmTopic(): sns.Topic {
    const topic = new sns.Topic(this, 'AlarmTopic', { displayName: 'Write-behind alarms', enforceSSL: true });
    const email = new CfnParameter(this, 'AlarmEmail', {
      description: 'E-mail address that alarms are sent to; none if empty',
      default: '',
    });
    const subscription = new sns.CfnSubscription(this, 'AlarmEmailSubscription', {
      topicArn: topic.topicArn,
      protocol: 'email',
      endpoint: email.valueAsString,
    });
    subscription.cfnOptions.condition = new CfnCondition(this, 'HasAlarmEmail', {
      expression: Fn.conditionNot(Fn.conditionEquals(email.valueAsString, '')),
    });
    return topic;
  }
}
