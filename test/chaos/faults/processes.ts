import { setTimeout as wait } from 'node:timers/promises';
import { type AnyWorld, between, type Injection, pick } from './injection.ts';
import { writes } from './services.ts';

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
