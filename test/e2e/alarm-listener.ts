/** Hears what the alarms tell: a queue that is subscribed to their topic. */
import { randomUUID } from 'node:crypto';
import { SubscribeCommand, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { outputs, sns, sqs } from './aws.ts';
import { queueArn } from './queues.ts';

/** What CloudWatch says when an alarm changes. */
export interface AlarmChange {
  readonly AlarmName: string;
  readonly NewStateValue: string;
}

/** A subscriber of the alarms. */
export interface AlarmListener {
  /** Everything that was heard so far. */
  heard(): Promise<readonly AlarmChange[]>;
  stop(): Promise<void>;
}

/** Subscribes to the alarms. */
export async function listenToAlarms(): Promise<AlarmListener> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `write-behind-e2e-${randomUUID()}` }));
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: outputs.AlarmTopicArn,
      Protocol: 'sqs',
      Endpoint: await queueArn(QueueUrl!),
      ReturnSubscriptionArn: true,
    }),
  );
  const heard: AlarmChange[] = [];
  return {
    async heard() {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      // Of the envelope that SNS adds, only the message counts here.
      heard.push(...Messages.map(({ Body = '' }) => JSON.parse(JSON.parse(Body).Message)));
      return heard;
    },
    async stop() {
      await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
}
