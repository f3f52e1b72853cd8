import type { WorkloadName } from '../../bench/load/workload.ts';
import type { Durability } from '../../lib/settings.ts';

/** What `load` was asked for. */
export interface LoadOptions {
  readonly workload: WorkloadName;
  readonly distribution: 'zipf' | 'uniform';
  readonly collection: string;
  readonly keys: number;
  readonly valueBytes: number;
  /** Operations a second; none: closed loop. */
  readonly rate?: number;
  readonly lanes?: number;
  readonly duration?: number;
  readonly operations?: number;
  readonly durability?: Durability;
  readonly seed: number;
  readonly drain: number;
  /** Whether to put the items first. */
  readonly prepare: boolean;
}
