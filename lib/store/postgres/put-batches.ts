import type { ItemRefusedError } from '../../errors.ts';
import type { Image } from '../../model/image.ts';
import type { Put } from '../store.ts';
import { translated } from './faults.ts';

/** JSON text of one statement's rows: what is larger goes in parts, so that each ends well within its time. */
const MAX_CHARACTERS = 4_000_000;

/** A row as a statement takes it; its members are columns of {@link putStatement}'s argument. */
export interface PutRow {
  readonly pk: string;
  readonly value: Image['value'];
  readonly version: number;
  readonly actor?: string | undefined;
  readonly comment?: string | undefined;
  readonly deleted: boolean;
  /** When a tombstone may go, s since the epoch. */
  readonly expires?: number;
  /** The item's place in the list of its collection, if it has one there. */
  readonly created?: number;
}

/** A row, and its JSON text. */
export interface PreparedRow {
  readonly row: PutRow;
  readonly json: string;
}

/** Rows of one statement. */
export interface PutBatch {
  readonly rows: readonly PreparedRow[];
  /** Whether an item that is there already keeps its place: whoever wrote could not know whether it existed. */
  readonly keepsPlace: boolean;
}

/**
 * Puts, as rows of as few statements as they need.
 *
 * @param rowOf makes the row
 * @returns the statements, and which items cannot be sent at all
 */
export function batchesOf(
  puts: ReadonlyMap<string, Put>,
  rowOf: (key: string, image: Image) => PutRow,
): { batches: readonly PutBatch[]; refused: ReadonlyMap<string, ItemRefusedError> } {
  const given: PreparedRow[] = [];
  const kept: PreparedRow[] = [];
  const refused = new Map<string, ItemRefusedError>();
  for (const [key, { image }] of puts) {
    const row = rowOf(key, image);
    try {
      const prepared = { row, json: JSON.stringify(row) };
      (row.created !== undefined && image.created === undefined ? kept : given).push(prepared);
    } catch (error) {
      refused.set(key, translated(error) as ItemRefusedError);
    }
  }
  const batches = [...parts(given, false), ...parts(kept, true)];
  return { batches, refused };
}

function parts(prepared: readonly PreparedRow[], keepsPlace: boolean): PutBatch[] {
  const batches: { rows: PreparedRow[]; keepsPlace: boolean; characters: number }[] = [];
  for (const each of prepared) {
    let batch = batches.at(-1);
    if (!batch || batch.characters + each.json.length > MAX_CHARACTERS) {
      batch = { rows: [], keepsPlace, characters: 0 };
      batches.push(batch);
    }
    batch.rows.push(each);
    batch.characters += each.json.length;
  }
  return batches;
}
