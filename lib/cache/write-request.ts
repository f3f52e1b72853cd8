import type { EncodedAttribute } from '../model/value.ts';
import type { Durability } from '../settings.ts';
import { attributeField, attributeText } from './entry.ts';

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
}

/** What is another at each attempt. */
export interface WriteAttempt {
  /** µs since the epoch. */
  readonly now: number;
  /** Names the lease if the item has to be loaded: that one load, and no other. @default none is taken */
  readonly token?: string | undefined;
}

/** Limits that the write script applies. */
export interface WriteLimits {
  /** Dirty items that a shard has room for. */
  readonly room: number;
  readonly recordMs: number;
  readonly leaseMs: number;
}

/** The arguments of the write script, in its order, without the observations. */
export function writeArguments(
  request: WriteRequest,
  { now, token }: WriteAttempt,
  { room, recordMs, leaseMs }: WriteLimits,
): (string | number)[] {
  const change = changeArguments(request.change);
  const options = optionArguments(request, token, recordMs, leaseMs);
  const { key, level, maxItemBytes, baseBytes } = request;
  const { op } = request.change;
  const most = maxItemBytes - baseBytes;
  return [key, op, level, now, room, most, bytesOfPut(request.change), change.length, options.length].concat(
    change,
    options,
  );
}

/** Of a patch only the script can tell. */
function bytesOfPut(change: Change): number | '' {
  return change.op === 'put' ? change.attributes.reduce((sum, { bytes }) => sum + bytes, 0) : '';
}

/** Most writes have none: each argument takes its time on both ends. */
function optionArguments(
  request: WriteRequest,
  token: string | undefined,
  recordMs: number,
  leaseMs: number,
): (string | number)[] {
  const { condition, actor, comment, caller, idempotency, audited, listed } = request;
  const options: (string | number)[] = [];
  if (condition !== undefined) options.push('condition', condition);
  if (actor !== undefined) options.push('actor', actor);
  if (comment !== undefined) options.push('comment', comment);
  if (caller !== undefined) options.push('caller', caller);
  if (idempotency) options.push('fingerprint', idempotency.fingerprint, 'recordMs', recordMs);
  if (token !== undefined) options.push('token', token, 'leaseMs', leaseMs);
  if (audited) options.push('audited', 1);
  if (listed !== undefined) options.push('listed', listed);
  return options;
}

function changeArguments(change: Change): string[] {
  switch (change.op) {
    case 'put':
      return change.attributes.flatMap((attribute) => [attributeField(attribute.name), attributeText(attribute)]);
    case 'patch':
      return change.steps.flat();
    case 'delete':
      return [];
  }
}
