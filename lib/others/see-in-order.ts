import type { ItemOf } from '../store/store.ts';
import type { ChangeOutcome, OtherWriters } from './other-writers.ts';
import { changeOf, type StreamRecord } from './stream-records.ts';
import type { TableChange } from './table-change.ts';

/** What became of a part of a stream. */
export interface TableChangesReport {
  /** Changes that other programs made. */
  readonly foreign: number;
  /** Those that met a state which was not in the table yet. */
  readonly conflicts: number;
  /** Changes that could not be dealt with, and why. */
  readonly failures: readonly { readonly sequenceNumber: string; readonly key: string; readonly error: Error }[];
}

const CONFLICTS: ReadonlySet<ChangeOutcome> = new Set<ChangeOutcome>(['taken', 'merged', 'lost']);

/** Deals with records: those of one item in order, until one fails; items beside each other. */
export async function seeInOrder(
  records: readonly StreamRecord[],
  itemOf: ItemOf,
  otherWriters: Pick<OtherWriters, 'see'>,
): Promise<TableChangesReport> {
  const changes = records.flatMap((record) => changeOf(record, itemOf) ?? []);
  const outcomes: ChangeOutcome[] = [];
  const failures: TableChangesReport['failures'][number][] = [];
  const seeAll = async (key: string, ofOne: readonly TableChange[]): Promise<void> => {
    for (const change of ofOne) {
      try {
        outcomes.push(await otherWriters.see(change));
      } catch (error) {
        failures.push({ sequenceNumber: change.id, key, error: error as Error });
        return;
      }
    }
  };
  await Promise.all([...Map.groupBy(changes, ({ key }) => key)].map(([key, ofOne]) => seeAll(key, ofOne)));
  return {
    foreign: outcomes.filter((outcome) => outcome !== 'ignored').length,
    conflicts: outcomes.filter((outcome) => CONFLICTS.has(outcome)).length,
    failures,
  };
}
