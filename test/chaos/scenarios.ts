import { ClusterUnderTest } from './cluster-under-test.ts';
import { clusterFaults, type Injection, processFaults, serviceFaults, valkeyFaults } from './faults.ts';
import { type RunResult, runChaos } from './run.ts';
import { ValkeyUnderTest } from './valkey-under-test.ts';
import { World } from './world.ts';

/** A Valkey and what is done to it and to everything around it. */
export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Its part of the time. */
  readonly share: number;
  run(seconds: number, seed: number): Promise<RunResult>;
}

const LOAD = { clients: 16, pauseMs: 50 };
/** Where Valkey is said to answer, a slow machine must not look like an outage; where it fails, nobody waits for long. */
const PATIENT_MS = 5000;
const IMPATIENT_MS = 1000;

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
    run: (seconds, seed) =>
      onOneValkey(seconds, seed, PATIENT_MS, [
        serviceFaults,
        [...processFaults, ...valkeyFaults.filter(({ harm }) => harm === 'memory')],
      ]),
  },
  {
    name: 'forgetful',
    what: 'Valkey fails in every way too',
    share: 0.4,
    run: (seconds, seed) => onOneValkey(seconds, seed, IMPATIENT_MS, [serviceFaults, processFaults, valkeyFaults]),
  },
  {
    name: 'fail-over',
    what: 'a cluster of three primaries, whose replicas take over',
    share: 0.25,
    async run(seconds, seed) {
      const world = await World.start(await ClusterUnderTest.start(), seed, IMPATIENT_MS, true);
      try {
        return await runChaos(world, { ...LOAD, seconds, seed, faults: [serviceFaults, processFaults, clusterFaults] });
      } finally {
        await world.stop();
      }
    },
  },
];
