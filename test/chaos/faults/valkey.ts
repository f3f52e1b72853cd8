import { setTimeout as wait } from 'node:timers/promises';
import type { Instance } from '../instances.ts';
import type { ValkeyUnderTest } from '../valkey-under-test.ts';
import type { World } from '../world.ts';
import { type AnyWorld, between, type Injection, some } from './injection.ts';

type SingleWorld = World<ValkeyUnderTest>;
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
