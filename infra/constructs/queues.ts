import { Arn, ArnFormat, Duration, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Settings } from '../../lib/settings.ts';

/** Props of {@link Queues}. */
export interface QueuesProps {
  readonly settings: Pick<Settings, 'windowSeconds' | 'visibilityTimeoutSeconds' | 'maxReceiveCount'>;
  /** Queues hold acknowledged writes: what goes with the stack is lost. */
  readonly removalPolicy: RemovalPolicy;
}

const FOURTEEN_DAYS = Duration.days(14);
const LONGEST_NAME = 80;

/** The FIFO queue of the signals, delayed by the window, and its dead-letter queue. */
export class Queues extends Construct {
  readonly queue: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;

  constructor(scope: Construct, id: string, { settings, removalPolicy }: QueuesProps) {
    super(scope, id);
    // A first deployment that fails must leave no queue behind: the next one could not make another of this name.
    const kept = removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy;
    const common = {
      fifo: true,
      enforceSSL: true,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      removalPolicy: kept,
    } as const;
    // Each queue names the other one: without a name of its own, one would have to exist before the other.
    const queueName = `${Names.uniqueResourceName(this, { maxLength: LONGEST_NAME - '.fifo'.length, separator: '-' })}.fifo`;
    const queueArn = Arn.format(
      { service: 'sqs', resource: queueName, arnFormat: ArnFormat.NO_RESOURCE_NAME },
      Stack.of(this),
    );
    this.deadLetterQueue = new sqs.Queue(this, 'DeadLetterQueue', {
      ...common,
      retentionPeriod: FOURTEEN_DAYS,
      redriveAllowPolicy: {
        redrivePermission: sqs.RedrivePermission.BY_QUEUE,
        sourceQueues: [sqs.Queue.fromQueueArn(this, 'Source', queueArn)],
      },
    });
    this.queue = new sqs.Queue(this, 'Queue', {
      ...common,
      queueName,
      // High throughput: groups neither share a rate nor a memory of deduplication ids.
      deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      deliveryDelay: Duration.seconds(settings.windowSeconds),
      visibilityTimeout: Duration.seconds(settings.visibilityTimeoutSeconds),
      retentionPeriod: FOURTEEN_DAYS,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: settings.maxReceiveCount },
    });
  }
}
