import type { Durability } from '../../../lib/settings.ts';
import type { Choices } from '../choices.ts';

/** A write that a client is going to make. */
export interface PlannedWrite {
  /** Names the write everywhere: its actor, and the mark that it leaves in the item. */
  readonly id: number;
  readonly key: string;
  readonly kind: 'put' | 'patch' | 'delete';
  readonly level: Durability;
  /** `seen`: the item must be as the client reads it just before. */
  readonly condition: 'none' | '*' | 'seen' | undefined;
  /** Whether it has an idempotency key: then the client repeats what was not acknowledged. */
  readonly idempotent: boolean;
  /** Whether the client repeats it although it was acknowledged. */
  readonly doubted: boolean;
}

/** What a client does next: writes on one key, in one request, or a read. */
export type PlannedStep = { readonly writes: readonly PlannedWrite[] } | { readonly read: string };

/** Who does what, and what may go wrong. */
export interface Plan {
  readonly clients: readonly (readonly PlannedStep[])[];
  /** How many faults there will be. */
  readonly faults: number;
  /** Of what kinds: few of them meet more often than all would. */
  readonly kinds: ReadonlySet<FaultKind>;
  /** By how much the clocks of instances may be wrong, ms. */
  readonly skewMs: number;
}

const FORGETTING = ['loss', 'rollback'] as const;
const KINDS = ['crash', 'lost answer', 'timeout', 'dead letter', 'disorder', 'refusal', 'Valkey away'] as const;

/** What goes wrong in a schedule. */
export type FaultKind = (typeof KINDS | typeof FORGETTING)[number];

const KEYS = ['it/a', 'it/b'];

/** Makes a small history: two or three clients that write, perhaps one that reads. */
export function planOf(choices: Choices): Plan {
  const keys = KEYS.slice(0, 1 + Number(choices.onceIn(4)));
  // Levels that meet, and levels among themselves.
  const levels = choices.oneOf<readonly Durability[]>([
    ['queue', 'cache', 'database', 'queue', 'cache'],
    ['queue', 'cache'],
    ['database', 'queue'],
    ['database', 'cache'],
  ]);
  let id = 0;
  const write = (key: string): PlannedWrite => {
    id += 1;
    const idempotent = choices.onceIn(4);
    return {
      id,
      key,
      kind: choices.oneOf(['put', 'patch', 'patch', 'patch', 'delete']),
      level: choices.oneOf(levels),
      condition: choices.onceIn(6) ? choices.oneOf(['seen', 'none', '*']) : undefined,
      idempotent,
      doubted: idempotent && choices.onceIn(3),
    };
  };
  const writer = () =>
    Array.from({ length: 1 + choices.below(2) }, (): PlannedStep => {
      const key = choices.oneOf(keys);
      return { writes: choices.onceIn(6) ? [write(key), write(key)] : [write(key)] };
    });
  const reader = () => Array.from({ length: 1 + choices.below(4) }, (): PlannedStep => ({ read: choices.oneOf(keys) }));
  const kind = choices.below(4);
  return {
    clients: [
      ...Array.from({ length: 2 + choices.below(2) }, writer),
      ...Array.from({ length: choices.below(2) }, reader),
    ],
    faults: kind === 0 ? 0 : 1 + choices.below(6),
    kinds: new Set([...KINDS, ...(kind > 1 ? FORGETTING : [])].filter(() => choices.onceIn(2))),
    skewMs: choices.onceIn(3) ? 5 : 0,
  };
}
