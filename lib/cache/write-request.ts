import type { EncodedAttribute } from '../model/value.ts';
import type { Durability } from '../settings.ts';
import { attributeText } from './entry.ts';

/** A change as the write script takes it: for a put the attributes, for a patch one triple per operator and attribute. */
export type Change =
  | { readonly op: 'put'; readonly attributes: readonly EncodedAttribute[] }
  | { readonly op: 'patch'; readonly steps: readonly (readonly [operator: string, name: string, text: string])[] }
  | { readonly op: 'delete' };

/** Everything that the write script needs to know. */
export interface WriteRequest {
  readonly key: string;
  readonly change: Change;
  readonly level: Durability;
  /** µs since the epoch. */
  readonly now: number;
  readonly condition: number | '*' | 'none' | undefined;
  readonly maxItemBytes: number;
  /** Bytes of the key and of our own attributes. */
  readonly baseBytes: number;
  readonly actor: string | undefined;
  readonly comment: string | undefined;
  /** Whether the change is kept for the history. */
  readonly audited: boolean;
  /**
   * What to do about an item of a listable collection that is not cached: `load` it to know whether this creates it; take it
   * for `new`; or go on `blind`, and let the flush find out. `undefined`: the collection is not listable.
   */
  readonly listed: 'load' | 'new' | 'blind' | undefined;
  /** Verified identity of the caller. */
  readonly caller: string | undefined;
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | undefined;
  /** Names the lease if the item has to be loaded: that one load, and no other. Without one none is taken. */
  readonly token: string | undefined;
}

/** Limits that the write script applies. */
export interface WriteLimits {
  /** Dirty items that a shard has room for. */
  readonly room: number;
  readonly recordMs: number;
  readonly leaseMs: number;
}

/** The arguments of the write script, in its order, without the observations. */
export function writeArguments(request: WriteRequest, { room, recordMs, leaseMs }: WriteLimits): (string | number)[] {
  const change = changeArguments(request.change);
  return [
    request.key,
    request.change.op,
    request.level,
    request.now,
    request.condition ?? '',
    room,
    request.maxItemBytes,
    request.baseBytes,
    optional(request.actor),
    optional(request.comment),
    request.idempotency?.fingerprint ?? '',
    recordMs,
    request.token ?? '',
    leaseMs,
    change.length,
    request.audited ? 1 : 0,
    request.caller ?? '',
    request.listed ?? '',
    ...change,
  ];
}

/** Tells "not given" from an empty text. */
function optional(text: string | undefined): string {
  return text === undefined ? '' : `=${text}`;
}

function changeArguments(change: Change): string[] {
  switch (change.op) {
    case 'put':
      return change.attributes.flatMap((attribute) => [attribute.name, attributeText(attribute)]);
    case 'patch':
      return change.steps.flat();
    case 'delete':
      return [];
  }
}
