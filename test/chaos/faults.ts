/** Every fault that is injected: what it does, and what it takes away from whoever relies on Valkey. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../bench/load/random.ts';
import type { HttpFault, HttpFaultProxy } from '../support/http-fault-proxy.ts';
import type { ClusterUnderTest, Node } from './cluster-under-test.ts';
import type { Instance } from './instances.ts';
import type { Harm } from './judge/record.ts';
import type { ValkeyUnderTest } from './valkey-under-test.ts';
import type { World } from './world.ts';

/** One kind of fault; `inject` ends when everything works again. */
export interface Injection<W> {
  readonly kind: string;
  readonly harm: Harm;
  inject(world: W, random: Random): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: what works with any Valkey
type AnyWorld = World<any>;
type SingleWorld = World<ValkeyUnderTest>;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
/** Some of the instances, one at least. */
const some = (random: Random, world: AnyWorld): Instance[] => {
  const chosen = world.instances.filter(() => random() < 0.5);
  return chosen.length > 0 ? chosen : [pick(random, world.instances)];
};

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
const writes = /^(PutItem|BatchExecuteStatement|TransactWriteItems)$/;
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
    kind: 'DynamoDB refuses an item for good',
    harm: 'none',
    async inject(world, random) {
      const words = ['"pk":{"S":"items/1"}', '"pk":{"S":"mixed/1"}', '"pk":{"S":"counters/1"}'];
      const refused = pick(random, words);
      const fault = refuses(400, 'ValidationException')();
      for (const { dynamodb } of world.instances) {
        dynamodb.weather = (operation, body) => (operation === 'PutItem' && body.includes(refused) ? fault : undefined);
      }
      await wait(between(random, 4000, 7000));
      for (const { dynamodb } of world.instances) dynamodb.weather = undefined;
    },
  },
];

/** Kills a flusher when it asks the database to store something, or has been answered. */
function killedAt(kind: string, when: 'asked' | 'answered'): Injection<AnyWorld> {
  return {
    kind,
    harm: 'none',
    async inject(world, random) {
      const victim = pick(random, world.of('flush'));
      await victim.dynamodb.ambush(writes, when, 5000);
      await victim.kill();
    },
  };
}

/** Faults of the functions and of those who operate them: these too may cost nothing. */
export const processFaults: readonly Injection<AnyWorld>[] = [
  {
    kind: 'dead letters are redriven',
    harm: 'none',
    async inject(world, random) {
      await redrive(pick(random, world.of('api')).url);
    },
  },
  {
    kind: 'an API instance is killed',
    harm: 'none',
    inject: (world, random) => pick(random, world.of('api')).kill(),
  },
  {
    kind: 'a flusher is killed at some moment',
    harm: 'none',
    inject: (world, random) => pick(random, world.of('flush')).kill(),
  },
  killedAt('a flusher is killed between claim and store', 'asked'),
  killedAt('a flusher is killed between store and settle', 'answered'),
  {
    kind: 'a flusher goes on after its visibility timeout',
    harm: 'none',
    async inject(world, random) {
      const zombie = pick(random, world.of('flush'));
      zombie.pause();
      await wait(between(random, 3200, 5000));
      zombie.resume();
    },
  },
  {
    kind: 'the sweep is killed',
    harm: 'none',
    inject: (world, random) => pick(random, world.of('sweep')).kill(),
  },
  {
    kind: 'a clock jumps',
    harm: 'none',
    async inject(world, random) {
      pick(random, world.instances).setClock(Math.round(between(random, -300_000, 300_000)));
      await wait(200);
    },
  },
];

type Break = (instance: Instance) => Promise<() => Promise<void> | void>;

/** Trouble on the way to Valkey for some instances. */
function trouble(kind: string, begin: Break): Injection<AnyWorld> {
  return {
    kind,
    harm: 'away',
    async inject(world, random) {
      const ends = await Promise.all(some(random, world).map(begin));
      await wait(between(random, 200, 2000));
      for (const end of ends) await end();
    },
  };
}

/** Faults of a single Valkey. */
export const valkeyFaults: readonly Injection<SingleWorld>[] = [
  { kind: 'Valkey is killed and has its data', harm: 'away', inject: ({ valkey }) => valkey.killAndRestart() },
  { kind: 'Valkey is killed and empty', harm: 'loss', inject: ({ valkey }) => valkey.killAndLose() },
  {
    kind: 'Valkey is set back',
    harm: 'rollback',
    async inject({ valkey }, random) {
      await valkey.keepCopy();
      await wait(between(random, 500, 4000));
      await valkey.killAndSetBack();
    },
  },
  {
    kind: 'Valkey is stopped',
    harm: 'away',
    async inject({ valkey }, random) {
      valkey.pause();
      await wait(between(random, 300, 2500));
      valkey.resume();
    },
  },
  {
    kind: 'Valkey is full',
    harm: 'memory',
    async inject({ valkey }, random) {
      await valkey.leaveMemory(1000);
      await wait(between(random, 500, 3000));
      await valkey.leaveMemory(0);
    },
  },
  trouble('Valkey refuses connections', async ({ valkey }) => {
    await valkey!.refuse();
    return () => valkey!.pass();
  }),
  trouble('Valkey is a black hole', async ({ valkey }) => {
    valkey!.swallow();
    return () => valkey!.pass();
  }),
  trouble('Valkey answers late', async ({ valkey }) => valkey!.hold()),
  trouble('Valkey runs a script, and its answer is cut', async ({ valkey }) => {
    valkey!.cutReply((request) => /EVALSHA/i.test(request));
    return () => undefined;
  }),
];

/** A primary goes and comes back as a replica. Replication does not wait: what it had acknowledged last may be gone. */
function goes(kind: string, go: (node: Node) => Promise<void> | void, back: (node: Node) => Promise<void> | void) {
  return {
    kind,
    harm: 'rollback' as const,
    async inject({ valkey }: World<ClusterUnderTest>, random: Random) {
      const primary = pick(random, await valkey.primaries());
      await go(primary);
      await valkey.untilTakenOver(primary);
      await back(primary);
      await valkey.untilWhole();
    },
  };
}

/** Faults of a cluster of three primaries with a replica each. */
export const clusterFaults: readonly Injection<World<ClusterUnderTest>>[] = [
  goes(
    'a primary is killed, its replica takes over',
    (node) => node.kill(),
    (node) => node.restart(),
  ),
  goes(
    'a primary is stopped, its replica takes over',
    (node) => node.pause(),
    (node) => node.resume(),
  ),
  {
    kind: 'a replica takes over by force',
    harm: 'rollback',
    async inject({ valkey }, random) {
      const primaries = await valkey.primaries();
      const replicas = valkey.nodes.filter((node) => !primaries.includes(node));
      await pick(random, replicas).admin.call('CLUSTER', 'FAILOVER', 'TAKEOVER');
      await wait(200);
      await valkey.untilWhole();
    },
  },
  {
    kind: 'a primary gives its place away in peace',
    harm: 'away',
    async inject({ valkey }, random) {
      const primaries = await valkey.primaries();
      const replicas = valkey.nodes.filter((node) => !primaries.includes(node));
      await pick(random, replicas).admin.call('CLUSTER', 'FAILOVER');
      await wait(200);
      await valkey.untilWhole();
    },
  },
  {
    kind: 'a replica is killed',
    harm: 'none',
    async inject({ valkey }, random) {
      const primaries = await valkey.primaries();
      const replica = pick(
        random,
        valkey.nodes.filter((node) => !primaries.includes(node)),
      );
      await replica.kill();
      await replica.restart();
      await valkey.untilWhole();
    },
  },
];

/** Asks for everything in the dead-letter queue; what comes of it shows at the end. */
export async function redrive(url: string): Promise<void> {
  try {
    const response = await fetch(`${url}/dead-letters/redrive`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ all: true }),
      signal: AbortSignal.timeout(20_000),
    });
    await response.text();
  } catch {
    // The instance was killed or stopped meanwhile.
  }
}
