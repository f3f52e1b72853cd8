import { EntryFormatError } from '../errors.ts';
import { decodeEntry, type Entry } from './entry.ts';

/** What the write script answers. */
export type WriteReply =
  | {
      readonly kind: 'ok';
      readonly version: number;
      readonly signal: boolean;
      readonly entry?: Entry;
      readonly created?: number;
    }
  | { readonly kind: 'replay'; readonly version: number; readonly missing: boolean; readonly record: Entry }
  | { readonly kind: 'miss' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'conflict' | 'full' | 'unrecorded' | 'many' }
  /** No version is left; in the whole shard, which may be closed, or only for the entry. */
  | { readonly kind: 'ended'; readonly inShard: boolean }
  | { readonly kind: 'foreign'; readonly format: number }
  /** `bytes`: of the attributes. */
  | { readonly kind: 'large'; readonly bytes: number }
  | { readonly kind: 'precondition'; readonly version: number | null }
  | { readonly kind: 'bound'; readonly attribute: string; readonly current: number }
  | { readonly kind: 'type' | 'range'; readonly attribute: string };

/** An entry and since when it is dirty (ms since the epoch, `null` when clean). */
export interface Held {
  readonly entry: Entry;
  readonly since: number | null;
}

export type ReadReply =
  /** `refreshes`: the caller holds the lease, in order to refresh the entry. */
  ({ readonly kind: 'hit'; readonly refreshes?: true } & Held) | { readonly kind: 'miss' | 'busy' | 'full' };
/** `leased`: the caller holds the lease; `absent`: he only looked. */
export type LeaseReply = 'cached' | 'absent' | 'leased' | 'busy';
/**
 * What the claim script answers; `logged`: whether Valkey has changes of the item that the history may not have; `lost`: the newest
 * of the messages' versions that the entry was patched without, so that no state has it any more.
 */
export type ClaimReply =
  | ({ readonly kind: 'claimed'; readonly logged: boolean; readonly lost?: number } & Held)
  | { readonly kind: 'image' | 'unknown'; readonly logged: boolean }
  | { readonly kind: 'skip'; readonly lost?: number }
  | { readonly kind: 'clean' };
export type SettleReply = 'clean' | 'dirty' | 'dropped' | 'absent';

/** What one shard knows. */
export interface ShardState {
  readonly counters: Readonly<Record<string, string>>;
  readonly dirtyItems: number;
  readonly parkedItems: number;
  /** Time of the oldest dirty item's first unstored write, ms since the epoch; `null` if none is dirty. */
  readonly oldestSince: number | null;
}

/** Reads a `since` and the fields of an entry. */
export function held(since: string, fields: readonly string[]): Held {
  return { entry: decodeEntry(fields), since: since === '' ? null : Number(since) };
}

/**
 * Reads the reply of the claim script.
 *
 * @throws {EntryFormatError} another version wrote the entry, and this one does not read it
 */
export function decodeClaimReply(
  kind: ClaimReply['kind'] | 'foreign',
  changes: number,
  lostVersion: string,
  since: string,
  fields: readonly string[],
): ClaimReply {
  if (kind === 'foreign') throw new EntryFormatError(changes);
  const logged = changes === 1;
  const lost = lostVersion ? { lost: Number(lostVersion) } : {};
  if (kind === 'claimed') return { kind, logged, ...lost, ...held(since, fields) };
  if (kind === 'skip') return { kind, ...lost };
  return kind === 'clean' ? { kind } : { kind, logged };
}

/** Reads the reply of the write script. */
export function decodeWriteReply([kind, first, second, third, fourth]: [string, ...unknown[]]): WriteReply {
  switch (kind) {
    case 'ok': {
      const fields = (third ?? []) as string[];
      return {
        kind,
        version: Number(first),
        signal: second === 1,
        ...(fields.length > 0 && { entry: decodeEntry(fields) }),
        ...(fourth !== undefined && { created: Number(fourth) }),
      };
    }
    case 'replay':
      return { kind, version: Number(first), missing: second === 1, record: decodeEntry(third as string[]) };
    case 'ended':
      return { kind, inShard: first === 1 };
    case 'foreign':
      return { kind, format: Number(first) };
    case 'large':
      return { kind, bytes: Number(first) };
    case 'precondition':
      return { kind, version: first === '' ? null : Number(first) };
    case 'bound':
      return { kind, attribute: String(first), current: Number(second) };
    case 'type':
    case 'range':
      return { kind, attribute: String(first) };
    default:
      return { kind: kind as 'miss' };
  }
}
