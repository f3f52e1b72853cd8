import {
  DescribeAlarmsCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AlarmListener, listenToAlarms } from './alarm-listener.ts';
import { cloudWatch, outputs } from './aws.ts';
import { eventually } from './eventually.ts';
import { purgeDeadLetters, queueName, sendDeadLetter } from './queues.ts';

/** LocalStack measures queues every minute, and looks at an alarm of one minute every minute. */
const MEASURED_AND_EVALUATED_MS = 140_000;
const PERIODS = 3;

let listener: AlarmListener;
beforeAll(async () => {
  listener = await listenToAlarms();
});
afterAll(() => listener?.stop());

/** The alarms on a metric of a queue. */
async function alarmsOf(queueUrl: string, metricName: string): Promise<MetricAlarm[]> {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
  return MetricAlarms.filter(
    ({ Namespace, MetricName, Dimensions = [] }) =>
      Namespace === 'AWS/SQS' &&
      MetricName === metricName &&
      Dimensions.some(({ Name, Value }) => Name === 'QueueName' && Value === queueName(queueUrl)),
  );
}

test('a dead letter rings by itself, and those who subscribed hear it', async () => {
  await purgeDeadLetters();
  const [alarm, ...others] = await alarmsOf(outputs.DeadLetterQueueUrl, 'ApproximateNumberOfMessagesVisible');
  expect(others).toEqual([]);
  const AlarmName = alarm?.AlarmName;
  // It may be ringing since an earlier run, and tells changes only.
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason: 'a new run' }));
  await sendDeadLetter('{}');
  await eventually(() => listener.heard(), MEASURED_AND_EVALUATED_MS).toContainEqual(
    expect.objectContaining({ AlarmName, NewStateValue: 'ALARM' }),
  );
});

// Of the alarms on figures that are published by a minute this is one without an expression: LocalStack evaluates none.
test('a pause that was forgotten rings, and those who subscribed hear it', async () => {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
  const alarm = MetricAlarms.find(({ MetricName }) => MetricName === 'PausedFor')!;
  const { AlarmName, Namespace, Dimensions, Threshold = 0 } = alarm;
  const now = Date.now();
  await cloudWatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: Array.from({ length: PERIODS }, (_, minute) => ({
        MetricName: 'PausedFor',
        Dimensions,
        Timestamp: new Date(now - minute * 60_000),
        Unit: 'Milliseconds',
        Value: 1 + Threshold,
      })),
    }),
  );
  await evaluateNow(alarm);
  await eventually(() => listener.heard()).toContainEqual(
    expect.objectContaining({ AlarmName, NewStateValue: 'ALARM' }),
  );
});

/** LocalStack looks at an alarm when it is put, and then only once in all of its periods. */
async function evaluateNow(alarm: MetricAlarm): Promise<void> {
  const { AlarmArn, StateValue, StateReason, StateReasonData, ...definition } = alarm;
  await cloudWatch.send(new PutMetricAlarmCommand(definition as PutMetricAlarmInput));
}
