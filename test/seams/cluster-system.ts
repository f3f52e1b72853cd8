import type { SettingsInput } from '../../lib/settings.ts';
import type { WriteBehind } from '../../lib/write-behind.ts';
import { patient } from '../support/patient.ts';
import { type System, startSystem } from '../support/system.ts';
import type { ClusterNode } from '../support/valkey-cluster.ts';

/** Queue and database of one system, and an instance whose Valkey is a cluster. */
export interface ClusterSystem {
  readonly system: System;
  readonly cache: WriteBehind;
}

/** Starts it on an empty cluster; stop it with `system.stop()`. */
export async function startClusterSystem(
  nodes: readonly ClusterNode[],
  settings: SettingsInput = {},
): Promise<ClusterSystem> {
  await Promise.all(nodes.map(({ admin }) => admin.flushall()));
  const system = await startSystem({ settings: { ...patient, ...settings } });
  const cache = await system.another({}, {}, { valkeyUrl: `${nodes[0]!.url}?cluster=true` });
  return { system, cache };
}
