/** What a run wrote down, and all that the judge is told: nothing here comes from the code under test. Times are ms of one clock. */

export type Level = 'cache' | 'queue' | 'database';
export type Values = Readonly<Record<string, unknown>>;

/** What a client asked for. */
export type Change =
  | { readonly op: 'put'; readonly value: Values }
  | { readonly op: 'patch'; readonly set: Values; readonly add: Readonly<Record<string, number>> }
  | { readonly op: 'delete' };

/** One write of one client, with all its attempts. */
export interface Write {
  /** Number of the write in the run; a put and a patch leave it in the attribute `w`. */
  readonly n: number;
  readonly client: number;
  readonly key: string;
  readonly level: Level;
  readonly change: Change;
  /** When the first attempt was sent. */
  readonly sentAt: number;
  /** When the last attempt was answered or given up. */
  readonly endedAt: number;
  readonly attempts: number;
  /** Acknowledged; refused with nothing changed; or nobody knows. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** Version of an acknowledged write. */
  readonly version: number;
  /** The resulting item that an acknowledged patch was answered with. */
  readonly value?: Values;
}

/** One read of one client. */
export interface Read {
  readonly client: number;
  readonly key: string;
  readonly sentAt: number;
  readonly endedAt: number;
  /** `null`: there is no such item. */
  readonly version: number | null;
}

/** What a fault takes away: Valkey's data, the newest of it, the way to it, its memory; or nothing that the guarantees depend on. */
export type Harm = 'loss' | 'rollback' | 'away' | 'memory' | 'none';

/** One injected fault. */
export interface Fault {
  readonly kind: string;
  readonly harm: Harm;
  readonly from: number;
  /** When its effects were over. */
  readonly to: number;
}

/** An item in the table as a program sees it that knows nothing of the product. */
export interface TableItem {
  readonly version: number;
  readonly deleted: boolean;
  readonly value: Values;
}

/** All of the table at one moment. */
export interface Sample {
  readonly from: number;
  readonly to: number;
  readonly items: ReadonlyMap<string, Pick<TableItem, 'version' | 'deleted'>>;
}

/** A loss that the product said it knows of. */
export interface Reported {
  readonly key: string;
  readonly version: number;
}

/** Everything that happened in a run. */
export interface Run {
  readonly writes: readonly Write[];
  readonly reads: readonly Read[];
  readonly faults: readonly Fault[];
  /** In the order in which they were taken. */
  readonly samples: readonly Sample[];
  /** The table at the end, when everything had come to rest. */
  readonly table: ReadonlyMap<string, TableItem>;
  /** What was cached then and differed from the table: its version, by key. */
  readonly cachedOtherwise: ReadonlyMap<string, number>;
  readonly reported: readonly Reported[];
  /** Whether requests to SQS failed at some time: a signal may then never have been sent. */
  readonly queueFailed: boolean;
}
