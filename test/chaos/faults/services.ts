import { setTimeout as wait } from 'node:timers/promises';
import type { HttpFault, HttpFaultProxy } from '../../support/http-fault-proxy.ts';
import { type AnyWorld, between, type Injection, pick, some } from './injection.ts';

type Way = 'sqs' | 'dynamodb';

/** A service in trouble for some instances: a share of their requests. */
function weather(
  kind: string,
  way: Way,
  share: number,
  operations: RegExp,
  fault: () => HttpFault,
): Injection<AnyWorld> {
  return {
    kind,
    harm: 'none',
    async inject(world, random) {
      const proxies = some(random, world).map((instance): HttpFaultProxy => instance[way]);
      for (const proxy of proxies) {
        proxy.weather = (operation) => (operations.test(operation) && random() < share ? fault() : undefined);
      }
      await wait(between(random, 500, 2500));
      for (const proxy of proxies) proxy.weather = undefined;
    },
  };
}

const refuses = (status: number, type: string) => (): HttpFault => ({ kind: 'answer', status, type });
const any = /./;
/** Operations that store an item. */
export const writes = /^(PutItem|BatchExecuteStatement|TransactWriteItems)$/;
const puts = /^(PutItem|BatchExecuteStatement)$/;
const sends = /^SendMessage$/;

/** Faults of SQS and DynamoDB: nothing that was acknowledged may suffer from any of them. */
export const serviceFaults: readonly Injection<AnyWorld>[] = [
  weather('DynamoDB throttles', 'dynamodb', 0.6, any, refuses(400, 'ProvisionedThroughputExceededException')),
  weather('DynamoDB fails', 'dynamodb', 0.6, any, refuses(500, 'InternalServerError')),
  weather('DynamoDB is a black hole', 'dynamodb', 0.5, any, () => ({ kind: 'swallowed' })),
  weather('DynamoDB resets', 'dynamodb', 0.5, any, () => ({ kind: 'reset' })),
  weather('DynamoDB stores, and its answer is lost', 'dynamodb', 0.5, writes, () => ({ kind: 'answer cut' })),
  weather('DynamoDB is slow', 'dynamodb', 0.5, any, () => ({ kind: 'late', ms: 700 })),
  weather('SQS fails', 'sqs', 0.6, any, refuses(500, 'InternalError')),
  weather('SQS throttles', 'sqs', 0.6, sends, refuses(400, 'ThrottlingException')),
  weather('SQS takes a message, and its answer is lost', 'sqs', 0.6, sends, () => ({ kind: 'answer cut' })),
  weather('SQS takes a message, and its answer times out', 'sqs', 0.3, sends, () => ({ kind: 'answer lost' })),
  weather('SQS resets', 'sqs', 0.5, any, () => ({ kind: 'reset' })),
  weather('SQS is slow', 'sqs', 0.5, any, () => ({ kind: 'late', ms: 700 })),
  {
    kind: 'DynamoDB is away for everyone',
    harm: 'none',
    async inject(world, random) {
      for (const { dynamodb } of world.instances) dynamodb.weather = () => ({ kind: 'reset' });
      await wait(between(random, 2000, 6000));
      for (const { dynamodb } of world.instances) dynamodb.weather = undefined;
    },
  },
  {
    kind: 'DynamoDB refuses an item for good',
    harm: 'none',
    async inject(world, random) {
      const refused = `{"S":"${pick(random, ['items/1', 'mixed/1', 'counters/1'])}"}`;
      const fault = refuses(400, 'ValidationException')();
      for (const { dynamodb } of world.instances) {
        dynamodb.weather = (operation, body) => (puts.test(operation) && body.includes(refused) ? fault : undefined);
      }
      await wait(between(random, 4000, 7000));
      for (const { dynamodb } of world.instances) dynamodb.weather = undefined;
    },
  },
];
