import type { Load } from './load.ts';

/** What is written, and how. */
export interface Workload {
  /** Operations of one HTTP request. */
  readonly batch: number;
  /** Writes of an item within a window: as given, or as the load makes it. */
  readonly coalescing: number;
  /** Size of an item by DynamoDB's formula, key included, our own attributes not. */
  readonly itemBytes: number;
  readonly windowSeconds: number;
  /** Messages that the event source hands to one flush. */
  readonly messagesPerFlush: number;
  /** Whether the history keeps every write. */
  readonly audited: boolean;
  /** How often which keys are written, where that is known. */
  readonly load?: Load;
}

/** A workload whose rate and keys are known. */
export interface LoadedWorkload extends Workload {
  readonly load: Load;
}

/** Whether rate and keys are known. */
export function isLoaded(workload: Workload): workload is LoadedWorkload {
  return workload.load !== undefined;
}

/** The workload under a load. */
export function under(load: Load, workload: Omit<Workload, 'coalescing' | 'load'>): LoadedWorkload {
  return { ...workload, load, coalescing: load.coalescing(workload.windowSeconds, workload.batch) };
}
