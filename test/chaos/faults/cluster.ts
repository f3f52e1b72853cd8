import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from '../../../bench/load/random.ts';
import type { ClusterUnderTest, Node } from '../cluster-under-test.ts';
import type { World } from '../world.ts';
import { type Injection, pick } from './injection.ts';

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
