import { ClusterUnderTest } from './cluster-under-test.ts';
import { clusterFaults } from './faults/cluster.ts';
import type { Injection } from './faults/injection.ts';
import { processFaults } from './faults/processes.ts';
import { serviceFaults } from './faults/services.ts';
import { valkeyFaults } from './faults/valkey.ts';
import { type RunResult, runChaos } from './run.ts';
import { ValkeyUnderTest } from './valkey-under-test.ts';
import { World } from './world.ts';

/** A Valkey and what is done to it and to everything around it. */
export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Its part of the time. */
  readonly share: number;
  /** @param faults only those of these kinds */
  run(seconds: number, seed: number, faults: RegExp): Promise<RunResult>;
}

const LOAD = { clients: 16, pauseMs: 50 };
/** Where Valkey is said to answer, a slow machine must not look like an outage; where it fails, nobody waits for long. */
const PATIENT_MS = 5000;
const IMPATIENT_MS = 1000;

/** Of each list the faults of certain kinds; a list that none is left of is left out. */
function of<W>(kinds: RegExp, lists: readonly (readonly Injection<W>[])[]): Injection<W>[][] {
  return lists.map((list) => list.filter(({ kind }) => kinds.test(kind))).filter((list) => list.length > 0);
}

async function onOneValkey(
  seconds: number,
  seed: number,
  valkeyTimeoutMs: number,
  faults: readonly (readonly Injection<World<ValkeyUnderTest>>[])[],
): Promise<RunResult> {
  const world = await World.start(await ValkeyUnderTest.start(), seed, valkeyTimeoutMs);
  try {
    return await runChaos(world, { ...LOAD, seconds, seed, faults });
  } finally {
    await world.stop();
  }
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'kept',
    what: 'Valkey answers and keeps its data; everything else fails',
    share: 0.35,
    run(seconds, seed, faults) {
      const full = valkeyFaults.filter(({ harm }) => harm === 'memory');
      return onOneValkey(seconds, seed, PATIENT_MS, of(faults, [serviceFaults, [...processFaults, ...full]]));
    },
  },
  {
    name: 'forgetful',
    what: 'Valkey fails in every way too',
    share: 0.4,
    run: (seconds, seed, faults) =>
      onOneValkey(seconds, seed, IMPATIENT_MS, of(faults, [serviceFaults, processFaults, valkeyFaults])),
  },
  {
    name: 'fail-over',
    what: 'a cluster of three primaries, whose replicas take over',
    share: 0.25,
    async run(seconds, seed, faults) {
      const world = await World.start(await ClusterUnderTest.start(), seed, IMPATIENT_MS, true);
      try {
        const lists = of(faults, [serviceFaults, processFaults, clusterFaults]);
        return await runChaos(world, { ...LOAD, seconds, seed, faults: lists });
      } finally {
        await world.stop();
      }
    },
  },
];
