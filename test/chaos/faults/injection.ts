import type { Random } from '../../../bench/load/random.ts';
import type { Instance } from '../instances.ts';
import type { Harm } from '../judge/record.ts';
import type { World } from '../world.ts';

/** One kind of fault: what it does, and what it takes away from whoever relies on Valkey. `inject` ends when everything works again. */
export interface Injection<W> {
  readonly kind: string;
  readonly harm: Harm;
  inject(world: W, random: Random): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: what works with any Valkey
export type AnyWorld = World<any>;

export const between = (random: Random, low: number, high: number) => low + random() * (high - low);

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** Some of the instances, one at least. */
export function some(random: Random, world: AnyWorld): Instance[] {
  const chosen = world.instances.filter(() => random() < 0.5);
  return chosen.length > 0 ? chosen : [pick(random, world.instances)];
}
